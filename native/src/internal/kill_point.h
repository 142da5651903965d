/*
 * Places where the kill suite ends a process: between any two steps that a peer could see. They exist in a
 * second build of the library only (STRAIT_KILL_POINTS), which no package contains.
 */
#ifndef STRAIT_INTERNAL_KILL_POINT_H
#define STRAIT_INTERNAL_KILL_POINT_H

#ifdef STRAIT_KILL_POINTS

#define STRAIT_KILL_POINT_MAP(X)                                                                             \
    X(create_file)         /* the file exists, without its name */                                           \
    X(create_memory)       /* it has its size and its memory */                                              \
    X(create_header)       /* it is complete, but for its name */                                            \
    X(create_name)         /* it has its name */                                                             \
    X(join_map)            /* mapped, nothing of ours in it */                                               \
    X(join_lock)           /* a slot is locked */                                                            \
    X(join_joining)        /* JOINING is stored */                                                           \
    X(join_introduced)     /* pid, command and so on are stored */                                           \
    X(join_beacon)         /* the beacon is set, its node not linked */                                      \
    X(join_linked)         /* the node is linked */                                                          \
    X(join_live)           /* LIVE is stored, nobody told */                                                 \
    X(join_told)           /* wardens are woken */                                                           \
    X(open_owner)          /* a role's word names us */                                                      \
    X(open_cursor)         /* a reader that joins has stored its cursor */                                   \
    X(claim_header)        /* a message's header is written */                                               \
    X(commit_before_tail)  /* payload and header are written */                                              \
    X(commit_after_tail)   /* published, nobody woken */                                                     \
    X(commit_done)         /* sleepers are woken */                                                          \
    X(poll_before_handler) /* a message is found */                                                          \
    X(poll_after_handler)  /* and handled */                                                                 \
    X(poll_before_cursor)  /* a batch is handled */                                                          \
    X(poll_after_cursor)   /* and given back, nobody woken */                                                \
    X(poll_done)           /* sleepers are woken */                                                          \
    X(sleep_bit)           /* our bit says that we sleep */                                                  \
    X(sleep_looked)        /* we have looked once more */                                                    \
    X(sleep_woken)         /* the kernel let us go */                                                        \
    X(line_ticket)         /* our ticket is in our cell */                                                   \
    X(line_bit)            /* and we stand in line */                                                        \
    X(line_empty)          /* nobody stands in line, those who watch are not woken */                        \
    X(line_first)          /* who is first in line is known, and not woken */                                \
    X(line_bit_cleared)    /* we stand in line no more */                                                    \
    X(line_left)           /* and our ticket is gone */                                                      \
    X(semaphore_taken)     /* permits of a plain semaphore are taken */                                      \
    X(semaphore_given)     /* permits are given back, nobody woken */                                        \
    X(ledger_locked)       /* a recoverable semaphore's ledger is ours */                                    \
    X(semaphore_held)      /* what we take of it is noted */                                                 \
    X(ledger_unlocked)     /* the ledger is free, nobody woken */                                            \
    X(lock_taken)          /* a lock's word names us */                                                      \
    X(lock_repaired)       /* and says that nothing is to be repaired */                                     \
    X(lock_before_release) /* it is about to be given up */                                                  \
    X(lock_released)       /* it is given up, nobody woken */                                                \
    X(gate_party)          /* we are a party */                                                              \
    X(gate_changed)        /* what others wait for is there, and nobody woken */                             \
    X(condition_ticket)    /* a ticket for a notification is drawn */                                        \
    X(condition_woken)     /* the wait for it is over, the lock not yet ours */                              \
    X(condition_notified)  /* somebody is notified, and not woken */                                         \
    X(wake_taken)          /* bits are taken, no bell rung */                                                \
    X(wake_bumped)         /* a doorbell is bumped, its sleeper not woken */                                 \
    X(wake_done)           /* it is woken */                                                                 \
    X(close_before_end)    /* a role is quiet */                                                             \
    X(close_after_end)     /* its word says ENDED, nobody told */                                            \
    X(close_told)          /* everybody is told */                                                           \
    X(leave_objects)       /* locks and permits are let go */                                                \
    X(leave_unlinked)      /* the beacon is out of the list */                                               \
    X(leave_beacon)        /* and its word 0 */                                                              \
    X(leave_free)          /* the slot is FREE, nobody told */                                               \
    X(leave_told)          /* wardens are woken */                                                           \
    X(leave_overlaid)      /* memory is gone, the lock still there */                                        \
    X(leave_unlocked)      /* and the lock */                                                                \
    X(reap_alarm)          /* a dead peer's beacon is seen, other wardens not woken */                       \
    X(reap_lock)           /* a dead peer's slot is locked */                                                \
    X(reap_dead)           /* it says DEAD */                                                                \
    X(reap_word)           /* one of its words says so */                                                    \
    X(reap_line)           /* it stands in a semaphore's line no more */                                     \
    X(reap_held)           /* the permits that it held are back */                                           \
    X(reap_ledger)         /* and the ledger's lock */                                                       \
    X(reap_party)          /* a gate says that it lost a party */                                            \
    X(reap_object)         /* a lock says that its owner died */                                             \
    X(reap_words)          /* all do */                                                                      \
    X(reap_rung)           /* everybody is rung */                                                           \
    X(reap_free)           /* the slot is FREE */                                                            \
    X(reap_told)           /* wardens are woken */                                                           \
    X(reap_unlocked)       /* the slot may be taken */                                                       \
    X(remove_lock)         /* an abandoned segment is locked */                                              \
    X(remove_name)         /* its name is gone */

enum strait_kill_point {
#define STRAIT_KILL_POINT_ENUM(name) STRAIT_KILL_##name,
    STRAIT_KILL_POINT_MAP(STRAIT_KILL_POINT_ENUM)
};

/*
 * Kills this process with SIGKILL at the place that STRAIT_KILL_AT names, "wake_taken:3" for the third time
 * that it gets there.
 */
void strait_kill_point(enum strait_kill_point point);

#define STRAIT_KILL_POINT(name) strait_kill_point(STRAIT_KILL_##name)
#else
#define STRAIT_KILL_POINT(name) ((void)0)
#endif

#endif
