#include "internal/cpu.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

/* Reads "QUOTA PERIOD" of cgroup v2, or QUOTA and PERIOD from two files of v1. INT_MAX when unlimited. */
static int quota_of(const char *directory)
{
    char path[PATH_MAX + 32];
    long long quota = -1;
    long long period = 0;

    snprintf(path, sizeof path, "%s/cpu.max", directory);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        char words[64];
        if (fgets(words, sizeof words, file) != NULL && sscanf(words, "%lld %lld", &quota, &period) != 2)
            quota = -1; /* "max" */
        fclose(file);
    } else {
        const char *names[] = {"cpu.cfs_quota_us", "cpu.cfs_period_us"};
        long long *values[] = {&quota, &period};
        for (int i = 0; i < 2; i++) {
            snprintf(path, sizeof path, "%s/%s", directory, names[i]);
            file = fopen(path, "re");
            if (file == NULL)
                return INT_MAX;
            if (fscanf(file, "%lld", values[i]) != 1)
                *values[i] = -1;
            fclose(file);
        }
    }
    if (quota <= 0 || period <= 0)
        return INT_MAX;
    return (int)((quota + period - 1) / period);
}

/* The smallest quota from the group up to the root: a parent limits its children. */
static int quota_upwards(const char *root, const char *group)
{
    char directory[PATH_MAX];
    int usable = INT_MAX;
    size_t root_length = strlen(root);

    if (snprintf(directory, sizeof directory, "%s%s", root, group) >= (int)sizeof directory)
        return INT_MAX;
    for (;;) {
        int quota = quota_of(directory);
        if (quota < usable)
            usable = quota;
        char *slash = strrchr(directory, '/');
        if (slash == NULL || (size_t)(slash - directory) < root_length)
            return usable;
        *slash = '\0';
    }
}

int strait_cpu_quota(const char *membership_file, const char *cgroup_root)
{
    char line[PATH_MAX];
    char root[PATH_MAX];
    int usable = INT_MAX;

    FILE *file = fopen(membership_file, "re");
    if (file == NULL)
        return INT_MAX;
    while (fgets(line, sizeof line, file) != NULL) { /* "0::/group" or "4:cpu,cpuacct:/group" */
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (group == NULL)
            continue;
        *group++ = '\0';
        controllers++;
        int quota = INT_MAX;
        if (*controllers == '\0') {
            quota = quota_upwards(cgroup_root, group);
        } else if (strcmp(controllers, "cpu") == 0 || strcmp(controllers, "cpu,cpuacct") == 0) {
            snprintf(root, sizeof root, "%s/cpu", cgroup_root);
            quota = quota_upwards(root, group);
        }
        if (quota < usable)
            usable = quota;
    }
    fclose(file);
    return usable;
}

int strait_cpu_usable(void)
{
    cpu_set_t set;
    int usable = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : INT_MAX;
    int quota = strait_cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    if (quota < usable)
        usable = quota;
    return usable < 1 ? 1 : usable;
}
