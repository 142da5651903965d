/*
 * A C program that knows nothing but its C library, and uses the queues, semaphores and memory that Java
 * tests use. Each run is one call; what waits first prints "waiting".
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE = 0600, TEXT_BYTES = 8192 };

static void fail(const char *call)
{
    perror(call);
    exit(1);
}

static void say_waiting(void)
{
    puts("waiting");
    fflush(stdout);
}

/* ---- Queues -----------------------------------------------------------------------------------------------
 */

static mqd_t queue(const char *name, int flags)
{
    mqd_t opened = mq_open(name, flags);
    if (opened == (mqd_t)-1)
        fail("mq_open");
    return opened;
}

static void queue_create(char **words)
{
    struct mq_attr attributes = {.mq_maxmsg = atol(words[1]), .mq_msgsize = atol(words[2])};
    if (mq_open(words[0], O_RDWR | O_CREAT | O_EXCL, MODE, &attributes) == (mqd_t)-1)
        fail("mq_open");
}

static void queue_send(char **words)
{
    if (mq_send(queue(words[0], O_WRONLY), words[2], strlen(words[2]), (unsigned)atoi(words[1])) < 0)
        fail("mq_send");
}

static void queue_receive(char **words)
{
    char text[TEXT_BYTES];
    unsigned priority;
    mqd_t from = queue(words[0], O_RDONLY);
    say_waiting();
    ssize_t bytes = mq_receive(from, text, sizeof text, &priority);
    if (bytes < 0)
        fail("mq_receive");
    printf("%u %.*s\n", priority, (int)bytes, text);
}

static void queue_attributes(char **words)
{
    struct mq_attr attributes;
    if (mq_getattr(queue(words[0], O_RDONLY), &attributes) < 0)
        fail("mq_getattr");
    printf("%ld %ld %ld\n", attributes.mq_maxmsg, attributes.mq_msgsize, attributes.mq_curmsgs);
}

/* Told by a signal, for which it waits. */
static void queue_notify(char **words)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    sigset_t told;
    siginfo_t info;
    sigemptyset(&told);
    sigaddset(&told, SIGUSR1);
    sigprocmask(SIG_BLOCK, &told, NULL);
    if (mq_notify(queue(words[0], O_RDONLY), &event) < 0)
        fail("mq_notify");
    say_waiting();
    if (sigwaitinfo(&told, &info) < 0)
        fail("sigwaitinfo");
    puts(info.si_code == SI_MESGQ ? "told" : "not told");
}

/* ---- Semaphores -------------------------------------------------------------------------------------------
 */

static sem_t *semaphore(const char *name)
{
    sem_t *opened = sem_open(name, 0);
    if (opened == SEM_FAILED)
        fail("sem_open");
    return opened;
}

static void semaphore_create(char **words)
{
    if (sem_open(words[0], O_CREAT | O_EXCL, MODE, (unsigned)atoi(words[1])) == SEM_FAILED)
        fail("sem_open");
}

static void post(sem_t *to)
{
    if (sem_post(to) < 0)
        fail("sem_post");
}

static void wait_for(sem_t *from)
{
    say_waiting();
    if (sem_wait(from) < 0)
        fail("sem_wait");
    puts("taken");
}

static void print_value(sem_t *of)
{
    int value;
    if (sem_getvalue(of, &value) < 0)
        fail("sem_getvalue");
    printf("%d\n", value);
}

static void semaphore_post(char **words)
{
    post(semaphore(words[0]));
}

static void semaphore_wait(char **words)
{
    wait_for(semaphore(words[0]));
}

static void semaphore_value(char **words)
{
    print_value(semaphore(words[0]));
}

/* ---- Memory, and semaphores in it
 * -------------------------------------------------------------------------- */

static char *mapped(const char *name)
{
    struct stat status;
    int fd = shm_open(name, O_RDWR, 0);
    if (fd < 0 || fstat(fd, &status) < 0)
        fail("shm_open");
    char *memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    return memory;
}

static void memory_create(char **words)
{
    int fd = shm_open(words[0], O_RDWR | O_CREAT | O_EXCL, MODE);
    if (fd < 0 || ftruncate(fd, atol(words[1])) < 0)
        fail("shm_open");
}

static void memory_write(char **words)
{
    strcpy(mapped(words[0]) + atol(words[1]), words[2]);
}

static void memory_read(char **words)
{
    puts(mapped(words[0]) + atol(words[1]));
}

static sem_t *semaphore_in(char **words)
{
    return (sem_t *)(void *)(mapped(words[0]) + atol(words[1]));
}

static void memory_init(char **words)
{
    if (sem_init(semaphore_in(words), 1, (unsigned)atoi(words[2])) < 0)
        fail("sem_init");
}

static void memory_post(char **words)
{
    post(semaphore_in(words));
}

static void memory_wait(char **words)
{
    wait_for(semaphore_in(words));
}

static void memory_value(char **words)
{
    print_value(semaphore_in(words));
}

static const struct {
    const char *name;
    int words;
    void (*run)(char **words);
} commands[] = {
    {"queue-create", 3, queue_create},       {"queue-send", 3, queue_send},
    {"queue-receive", 1, queue_receive},     {"queue-attributes", 1, queue_attributes},
    {"queue-notify", 1, queue_notify},       {"semaphore-create", 2, semaphore_create},
    {"semaphore-post", 1, semaphore_post},   {"semaphore-wait", 1, semaphore_wait},
    {"semaphore-value", 1, semaphore_value}, {"memory-create", 2, memory_create},
    {"memory-write", 3, memory_write},       {"memory-read", 2, memory_read},
    {"memory-init", 3, memory_init},         {"memory-post", 2, memory_post},
    {"memory-wait", 2, memory_wait},         {"memory-value", 2, memory_value},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0] && argc > 1; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0 && commands[i].words == argc - 2) {
            commands[i].run(argv + 2);
            return 0;
        }
    }
    fprintf(stderr, "posix_peer: no such command\n");
    return 2;
}
