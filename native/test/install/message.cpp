// Sends one message to itself, from C++ and with nothing but the installed headers and library.
#include <cstring>
#include <iostream>
#include <string>

#include <strait/strait.h>

namespace
{

extern "C" int append(void *context, int32_t, const void *payload, uint32_t length)
{
    static_cast<std::string *>(context)->append(static_cast<const char *>(payload), length);
    return 0;
}

} // namespace

int main()
{
    const std::string sent = "through the strait";
    std::string received;
    strait_segment_options segment_options = STRAIT_SEGMENT_OPTIONS_INIT;
    strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    strait_failure failure{};
    strait_ring *ring = nullptr;
    strait_ring_writer *writer = nullptr;
    strait_ring_reader *reader = nullptr;
    const int result = strait_ring_create_memfd("message", &segment_options, &ring_options, &ring, &failure);
    if (result < 0) {
        std::cerr << failure.operation << ": " << strait_errno_text(result) << '\n';
        return 1;
    }
    if (strait_ring_writer_open(ring, &writer, nullptr) < 0 ||
        strait_ring_reader_open(ring, &reader, nullptr) < 0)
        return 2;
    if (strait_ring_offer(writer, 7, sent.data(), static_cast<uint32_t>(sent.size())) != 0)
        return 3;
    if (strait_ring_poll(reader, append, &received, 10) != 1 || received != sent)
        return 4;
    strait_ring_close(ring);
    return 0;
}
