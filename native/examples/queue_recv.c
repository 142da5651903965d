/* queue_recv -i ID -t TYPE: waits for a message of a System V queue, with libc alone, and prints its type and
 * text. Recv.java is the same in Java. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <unistd.h>

#define TEXT_BYTES 4096

struct text_message {
    long type;
    char text[TEXT_BYTES];
};

int main(int argc, char **argv)
{
    struct text_message message;
    long type = 0;
    int id = -1;
    for (int option = getopt(argc, argv, "i:t:"); option != -1; option = getopt(argc, argv, "i:t:")) {
        switch (option) {
        case 'i':
            id = atoi(optarg);
            break;
        case 't':
            type = atol(optarg);
            break;
        default:
            fprintf(stderr, "usage: queue_recv -i ID -t TYPE\n");
            return 2;
        }
    }
    ssize_t length = msgrcv(id, &message, TEXT_BYTES, type, 0);
    if (length < 0) {
        perror("msgrcv");
        return 1;
    }
    printf("%ld %.*s\n", message.type, (int)length, message.text);
    return 0;
}
