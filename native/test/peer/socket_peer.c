/*
 * A Unix socket's other side, by libc alone: no library of ours.
 *
 *     socket_peer echo stream|datagram|seqpacket PATH   sends back what comes, until the end
 *     socket_peer take PATH                             receives one descriptor and prints what can be read
 * from it socket_peer give PATH TEXT                        sends the end of a pipe, from which TEXT can be
 * read
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

union control {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
};

static void must(int condition, const char *what)
{
    if (!condition) {
        perror(what);
        exit(1);
    }
}

static int connected(int type, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type, 0);
    must(fd >= 0, "socket");
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    return fd;
}

/* A datagram's answer needs an address to go to: one that the kernel chooses, told by a first message. */
static void echo(const char *kind, const char *path)
{
    char bytes[4096];
    int type = strcmp(kind, "stream") == 0     ? SOCK_STREAM
               : strcmp(kind, "datagram") == 0 ? SOCK_DGRAM
                                               : SOCK_SEQPACKET;
    int fd = connected(type, path);
    if (type == SOCK_DGRAM) {
        const struct sockaddr_un none = {.sun_family = AF_UNIX};
        must(bind(fd, (const struct sockaddr *)&none, sizeof none.sun_family) == 0, "bind");
        must(send(fd, "hello", 5, 0) == 5, "send");
    }
    for (;;) {
        ssize_t count = recv(fd, bytes, sizeof bytes, 0);
        must(count >= 0, "recv");
        if (count == 0)
            return;
        must(send(fd, bytes, (size_t)count, 0) == count, "send");
    }
}

static void take(const char *path)
{
    char bytes[4096];
    union control control;
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int fd;
    must(recvmsg(connected(SOCK_STREAM, path), &header, 0) > 0, "recvmsg");
    must(header.msg_controllen == sizeof control && control.head.cmsg_type == SCM_RIGHTS, "SCM_RIGHTS");
    memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
    for (ssize_t count; (count = read(fd, bytes, sizeof bytes)) > 0;)
        must(fwrite(bytes, 1, (size_t)count, stdout) == (size_t)count, "fwrite");
}

static void give(const char *path, const char *text)
{
    int ends[2];
    union control control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec part = {"x", 1};
    const struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    must(pipe(ends) == 0, "pipe");
    memcpy(CMSG_DATA(&control.head), &ends[0], sizeof(int));
    must(sendmsg(connected(SOCK_STREAM, path), &header, 0) == 1, "sendmsg");
    must(write(ends[1], text, strlen(text)) == (ssize_t)strlen(text), "write");
}

int main(int count, char **arguments)
{
    if (count == 4 && strcmp(arguments[1], "echo") == 0)
        echo(arguments[2], arguments[3]);
    else if (count == 3 && strcmp(arguments[1], "take") == 0)
        take(arguments[2]);
    else if (count == 4 && strcmp(arguments[1], "give") == 0)
        give(arguments[2], arguments[3]);
    else
        return 2;
    return 0;
}
