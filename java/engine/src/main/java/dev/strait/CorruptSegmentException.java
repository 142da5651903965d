package dev.strait;

/**
 * Shared memory holds what no correct peer writes: a position outside its lane, a length beyond what is published.
 *
 * <p>Nothing outside the segment was read or written. The segment cannot be trusted any more.
 */
public final class CorruptSegmentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Made by the engine.
     *
     * @param message what was found, and where
     */
    public CorruptSegmentException(String message) {
        super(message);
    }
}
