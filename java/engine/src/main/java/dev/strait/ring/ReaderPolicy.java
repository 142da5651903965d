package dev.strait.ring;

/** What becomes of a reader's cursor when the reader has closed or died. The ring's creator chooses. */
public enum ReaderPolicy {
    /**
     * It goes on counting: the lane fills up behind it, and the next reader goes on there. Nothing is lost, and the last
     * batch of a reader that died may come again.
     */
    HOLD,

    /**
     * It counts no more: the writer goes on alone, and the next reader starts at what is published then. Until the first
     * reader comes the lane fills up.
     */
    RELEASE
}
