/* What a JVM's tests do with points: of C's, and of Java's own, which have names alone. */
#ifndef STRAIT_TEST_KILL_POINT_H
#define STRAIT_TEST_KILL_POINT_H

#include <stdbool.h>

/* A thread comes to a point in Java. */
void kill_point_reach(const char *name);

/* The first thread that comes to it stays there until it is let go. */
void kill_point_hold(const char *name);
bool kill_point_is_reached(const char *name);
void kill_point_let_go(const char *name);

#endif
