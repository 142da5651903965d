/*
 * A program of the kind that Strait meets: System V IPC with libc alone. sysv_peer COMMAND ARGUMENT... does
 * one thing and says in one line how it went; those that hold something then wait for the end of their input.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

enum { TEXT_BYTES = 8192, OPERATIONS_MAX = 16 };

struct text_message {
    long type;
    char text[TEXT_BYTES];
};

static int number(const char *word)
{
    return (int)strtol(word, NULL, 0);
}

static void check(const char *call, long result)
{
    if (result != -1)
        return;
    printf("%s: %s\n", call, strerror(errno));
    exit(1);
}

static void hold(void)
{
    puts("done");
    fflush(stdout);
    while (getchar() != EOF) {
    }
}

static void say_key(char **words)
{
    key_t key = ftok(words[0], number(words[1]));
    check("ftok", key);
    printf("0x%08x\n", (unsigned)key);
}

static void send_message(char **words)
{
    struct text_message message = {.type = strtol(words[1], NULL, 0)};
    size_t length = strnlen(words[2], TEXT_BYTES);
    memcpy(message.text, words[2], length);
    check("msgsnd", msgsnd(number(words[0]), &message, length, 0));
    puts("done");
}

static void receive_message(char **words)
{
    struct text_message message;
    ssize_t length = msgrcv(number(words[0]), &message, TEXT_BYTES, strtol(words[1], NULL, 0), 0);
    check("msgrcv", length);
    printf("%ld %.*s\n", message.type, (int)length, message.text);
}

/* INDEX CHANGE FLAGS, as often as there are. */
static void operate(char **words)
{
    struct sembuf operations[OPERATIONS_MAX];
    size_t count = 0;
    for (char **word = words + 1; *word != NULL && count < OPERATIONS_MAX; word += 3, count++)
        operations[count] =
            (struct sembuf){(unsigned short)number(word[0]), (short)number(word[1]), (short)number(word[2])};
    check("semop", semop(number(words[0]), operations, count));
    hold();
}

static void say_value(char **words)
{
    int value = semctl(number(words[0]), number(words[1]), GETVAL);
    check("semctl", value);
    printf("%d\n", value);
}

static char *attached(const char *id, int flags)
{
    char *memory = shmat(number(id), NULL, flags);
    check("shmat", (long)memory);
    return memory;
}

static void write_memory(char **words)
{
    strcpy(attached(words[0], 0), words[1]);
    puts("done");
}

static void read_memory(char **words)
{
    puts(attached(words[0], SHM_RDONLY));
}

static void attach_memory(char **words)
{
    attached(words[0], 0);
    hold();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int arguments;
        void (*run)(char **words);
    } commands[] = {
        {"key", 2, say_key},      {"send", 3, send_message},    {"receive", 2, receive_message},
        {"operate", 4, operate},  {"value", 2, say_value},      {"write", 2, write_memory},
        {"read", 1, read_memory}, {"attach", 1, attach_memory},
    };
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, argv[1]) == 0 && argc - 2 >= commands[i].arguments) {
            commands[i].run(argv + 2);
            return 0;
        }
    fprintf(stderr, "usage: sysv_peer COMMAND ARGUMENT...\n");
    return 2;
}
