/* How many processors this process may use. */
#ifndef STRAIT_INTERNAL_CPU_H
#define STRAIT_INTERNAL_CPU_H

/* The calling thread's affinity, and the quota of its control groups rounded up; at least 1. */
int strait_cpu_usable(void);

/* The same with the roots of /proc/self/cgroup and of the cgroup file systems given: for tests. */
int strait_cpu_quota(const char *membership_file, const char *cgroup_root);

#endif
