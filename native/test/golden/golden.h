/* What stands in the golden images; GoldenTest.java knows the same. */
#ifndef GOLDEN_H
#define GOLDEN_H

#define GOLDEN_LANE_BYTES 4096u
#define GOLDEN_REGION     "a region of the user's own" /* with its final zero; also the first message, type 0 */
#define GOLDEN_TEXT       "the second message"         /* of type INT32_MAX; the third, INT32_MIN, is empty */
#define GOLDEN_CONSUMED   40u                          /* header, 27 bytes, padding: the first message */
#define GOLDEN_PUBLISHED  80u

#endif
