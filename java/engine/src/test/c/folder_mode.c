/* A library that says, as it is loaded, who may look into its folder. */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

__attribute__((constructor)) static void say_mode(void)
{
    Dl_info here;
    char path[PATH_MAX] = "";
    struct stat status;
    if (dladdr((void *)say_mode, &here) != 0)
        strncpy(path, here.dli_fname, sizeof path - 1);
    if (stat(dirname(path), &status) == 0)
        dprintf(2, "the folder's mode is %o\n", (unsigned)status.st_mode & 07777);
}
