#include "support.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define LAST_ERRNO 133

static bool linux_has(int error)
{
    return error >= 1 && error <= LAST_ERRNO && error != 41 && error != 58;
}

/* The kernel's own list: lines of "#define ENOENT 2 / * No such file or directory * /". 0 when it has none.
 */
static int number_in_kernel_headers(const char *symbol)
{
    const char *headers[] = {"/usr/include/asm-generic/errno-base.h", "/usr/include/asm-generic/errno.h"};
    int found = 0;
    for (size_t i = 0; i < COUNT_OF(headers) && found == 0; i++) {
        char line[256];
        char name[64];
        int number;
        FILE *file = fopen(headers[i], "re");
        if (file == NULL)
            continue;
        while (fgets(line, sizeof line, file) != NULL)
            if (sscanf(line, "#define %63s %d", name, &number) == 2 && strcmp(name, symbol) == 0)
                found = number;
        fclose(file);
    }
    return found;
}

static void every_errno_of_linux_has_a_symbol_and_a_text(void **state)
{
    for (int error = 1; error <= LAST_ERRNO; error++) {
        if (!linux_has(error))
            continue;
        assert_non_null(strait_errno_symbol(error));
        assert_non_null(strait_errno_text(error));
        assert_int_equal(strait_errno_symbol(error)[0], 'E');
    }
}

static void a_symbol_leads_back_to_its_number(void **state)
{
    if (number_in_kernel_headers("ENOENT") == 0)
        test_skip("no kernel headers");
    for (int error = 1; error <= LAST_ERRNO; error++)
        if (linux_has(error))
            assert_int_equal(number_in_kernel_headers(strait_errno_symbol(error)), error);
}

static void a_text_is_what_the_c_library_says_in_english(void **state)
{
    for (int error = 1; error <= LAST_ERRNO; error++)
        if (linux_has(error))
            assert_string_equal(strait_errno_text(error), strerror(error));
}

static void the_sign_of_an_errno_is_ignored(void **state)
{
    for (int error = 1; error <= LAST_ERRNO; error++) {
        if (!linux_has(error))
            continue;
        assert_ptr_equal(strait_errno_symbol(-error), strait_errno_symbol(error));
        assert_ptr_equal(strait_errno_text(-error), strait_errno_text(error));
    }
}

static void what_linux_does_not_have_has_no_symbol_and_no_text(void **state)
{
    const int none[] = {0, 41, 58, 134, 512, 4095, INT_MAX, INT_MIN, STRAIT_FULL, STRAIT_TIMED_OUT};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_null(strait_errno_symbol(none[i]));
        assert_null(strait_errno_text(none[i]));
    }
}

static void an_outcome_has_the_name_of_its_constant(void **state)
{
    assert_string_equal(strait_outcome_name(STRAIT_EMPTY), "EMPTY");
    assert_string_equal(strait_outcome_name(STRAIT_READY), "READY");
    assert_string_equal(strait_outcome_name(STRAIT_FULL), "FULL");
    assert_string_equal(strait_outcome_name(STRAIT_END), "END");
    assert_string_equal(strait_outcome_name(STRAIT_PEER_DIED), "PEER_DIED");
    assert_string_equal(strait_outcome_name(STRAIT_CLOSED), "CLOSED");
    assert_string_equal(strait_outcome_name(STRAIT_TIMED_OUT), "TIMED_OUT");
    assert_string_equal(strait_outcome_name(STRAIT_OWNER_DIED), "OWNER_DIED");
    assert_string_equal(strait_outcome_name(STRAIT_NOT_RECOVERABLE), "NOT_RECOVERABLE");
    assert_string_equal(strait_outcome_name(STRAIT_BROKEN), "BROKEN");
}

static void an_outcome_keeps_the_number_that_java_knows(void **state)
{
    assert_int_equal(STRAIT_EMPTY, 0);
    assert_int_equal(STRAIT_READY, 1);
    assert_int_equal(STRAIT_FULL, -4097);
    assert_int_equal(STRAIT_END, -4098);
    assert_int_equal(STRAIT_PEER_DIED, -4099);
    assert_int_equal(STRAIT_CLOSED, -4100);
    assert_int_equal(STRAIT_TIMED_OUT, -4101);
    assert_int_equal(STRAIT_OWNER_DIED, -4102);
    assert_int_equal(STRAIT_NOT_RECOVERABLE, -4103);
    assert_int_equal(STRAIT_BROKEN, -4104);
}

static void what_is_no_outcome_has_no_name(void **state)
{
    const int none[] = {2, -1, -EAGAIN, -4095, -4096, -4105, INT_MAX, INT_MIN};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_null(strait_outcome_name(none[i]));
}

static void the_version_is_the_one_of_the_build(void **state)
{
    assert_string_equal(strait_version(), STRAIT_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_errno_of_linux_has_a_symbol_and_a_text),
        TEST(a_symbol_leads_back_to_its_number),
        TEST(a_text_is_what_the_c_library_says_in_english),
        TEST(the_sign_of_an_errno_is_ignored),
        TEST(what_linux_does_not_have_has_no_symbol_and_no_text),
        TEST(an_outcome_has_the_name_of_its_constant),
        TEST(an_outcome_keeps_the_number_that_java_knows),
        TEST(what_is_no_outcome_has_no_name),
        TEST(the_version_is_the_one_of_the_build),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
