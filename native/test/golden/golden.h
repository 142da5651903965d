/* What stands in the golden images; GoldenTest.java knows the same. */
#ifndef GOLDEN_H
#define GOLDEN_H

#define GOLDEN_LANE_BYTES     4096u
#define GOLDEN_REGION         "a region of the user's own" /* with its final zero; also the first message, type 0 */
#define GOLDEN_TEXT           "the second message" /* of type INT32_MAX; the third, INT32_MIN, is empty */
#define GOLDEN_CONSUMED       40u                  /* header, 27 bytes, padding: the first message */
#define GOLDEN_PUBLISHED      80u

/* The objects, in this order: each is named as its kind, unless it says more. */
#define GOLDEN_PERMITS        5 /* semaphore; 2 of them are taken */
#define GOLDEN_CAPACITY       3 /* recoverable: its holder of 2 has gone. overtaking: 0 */
#define GOLDEN_SEQUENCE_START 7 /* advanced to INT64_MAX - 1 */
#define GOLDEN_LATCH          3 /* counted down once */
#define GOLDEN_PARTIES        2 /* of the barrier; nobody has arrived */
/* lock: free; inherited: a lock whose owner has gone with it; condition. */

#endif
