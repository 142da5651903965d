/* queue_send -i ID -t TYPE -m TEXT: sends a message to a System V queue, with libc alone. Send.java is the
 * same in Java; either is received by either's other end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <unistd.h>

#define TEXT_BYTES 4096

struct text_message {
    long type;
    char text[TEXT_BYTES];
};

int main(int argc, char **argv)
{
    struct text_message message = {.type = 1};
    const char *text = "";
    int id = -1;
    for (int option = getopt(argc, argv, "i:t:m:"); option != -1; option = getopt(argc, argv, "i:t:m:")) {
        switch (option) {
        case 'i':
            id = atoi(optarg);
            break;
        case 't':
            message.type = atol(optarg);
            break;
        case 'm':
            text = optarg;
            break;
        default:
            fprintf(stderr, "usage: queue_send -i ID -t TYPE -m TEXT\n");
            return 2;
        }
    }
    size_t length = strnlen(text, TEXT_BYTES);
    memcpy(message.text, text, length);
    if (msgsnd(id, &message, length, 0) < 0) {
        perror("msgsnd");
        return 1;
    }
    return 0;
}
