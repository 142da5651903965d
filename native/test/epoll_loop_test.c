/* The example epoll_loop: somebody else's epoll hears of messages, permits, a timer and the end. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM EXAMPLE_DIRECTORY "/epoll_loop"

struct output {
    int ends[2];
};

static void become_loop(int parent, void *context)
{
    const struct output *output = context;
    (void)parent;
    setenv("STRAIT_DIR", test_directory, 1);
    must(dup2(output->ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    execl(PROGRAM, PROGRAM, "segment", "ring", "60", (char *)NULL);
    perror(PROGRAM);
    _exit(127);
}

/* The next line that is no tick. */
static void expect_line(FILE *lines, const char *expected)
{
    char line[100];
    do {
        assert_non_null(fgets(line, sizeof line, lines));
    } while (strcmp(line, "tick\n") == 0);
    assert_string_equal(line, expected);
}

static void a_programs_own_epoll_loop_hears_of_shared_memory(void **state)
{
    (void)state;
    const struct strait_object requests = STRAIT_SEMAPHORE("requests", 0, 0);
    struct strait_segment *segment = test_segment_with("segment", 64, &requests, 1);
    struct strait_semaphore *semaphore = test_semaphore(segment, "requests");
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct output output;
    char line[100];
    must(pipe(output.ends) == 0);
    struct child child = child_start(become_loop, &output);
    close(output.ends[1]);
    FILE *lines = fdopen(output.ends[0], "r");
    for (int i = 0; i < 20; i++) {
        must(strait_semaphore_release(semaphore, 1) == 0);
        expect_line(lines, "request\n");
        must(strait_ring_offer(writer, 7, "hello", 5) == 0);
        expect_line(lines, "message 7: hello\n");
    }
    assert_non_null(fgets(line, sizeof line, lines));
    assert_string_equal(line, "tick\n");
    strait_ring_close(ring);
    expect_line(lines, "end\n");
    assert_int_equal(child_end(&child), 0);
    fclose(lines);
    strait_segment_close(segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_programs_own_epoll_loop_hears_of_shared_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
