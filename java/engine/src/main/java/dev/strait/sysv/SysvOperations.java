package dev.strait.sysv;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What to do to a semaphore set in one step: an array of struct sembuf of semop(2). Either all of it is done, or nothing. It is
 * made once and used again and again, by any thread and for any set.
 *
 * <pre>{@code
 * SysvOperations take = SysvOperations.builder().add(0, -1, SysvOperations.UNDO).build();
 * }</pre>
 */
public final class SysvOperations {
    /** Not to wait for this operation: EAGAIN. */
    public static final int NOWAIT = SysvLayout.IPC_NOWAIT;

    /** To be undone when this process ends, however it does: all its threads, so the end of one undoes nothing. */
    public static final int UNDO = SysvLayout.SEM_UNDO;

    private static final int BYTES = SysvLayout.SEM_OPERATION_BYTES;

    private final int count;
    private final boolean waits;
    /** As they are, and behind that as they are when none of them is to wait. */
    private final ByteBuffer twice;

    private final long address;

    private SysvOperations(List<Operation> operations) {
        count = operations.size();
        waits = operations.stream().anyMatch(operation -> (operation.flags & NOWAIT) == 0);
        twice = ByteBuffer.allocateDirect(2 * count * BYTES).order(ByteOrder.nativeOrder());
        operations.forEach(operation -> operation.put(twice, operation.flags));
        operations.forEach(operation -> operation.put(twice, operation.flags | NOWAIT));
        address = SysvNative.address(twice);
    }

    private record Operation(int index, int change, int flags) {
        void put(ByteBuffer into, int allFlags) {
            int at = into.position();
            into.putShort(at, (short) index);
            into.putShort(at + SysvLayout.SEM_OPERATION_CHANGE, (short) change);
            into.putShort(at + SysvLayout.SEM_OPERATION_FLAGS, (short) allFlags);
            into.position(at + BYTES);
        }
    }

    /**
     * For operations, none at first.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Gathers operations, which are done in the order in which they were added. For one thread. */
    public static final class Builder {
        private static final int INDEX_MAX = 0xffff;
        private final List<Operation> operations = new ArrayList<>();

        private Builder() {}

        /**
         * Adds to a semaphore's value; or takes from it, and waits until it is large enough.
         *
         * @param index which semaphore of the set, from 0; EFBIG when it has no such
         * @param change {@link Short#MIN_VALUE} to {@link Short#MAX_VALUE}, and not 0
         * @param flags of {@link #NOWAIT}, {@link #UNDO}
         * @return this
         * @throws IllegalArgumentException if the index or the change is none
         */
        public Builder add(int index, int change, int flags) {
            if (change == 0 || change != (short) change) {
                throw new IllegalArgumentException("change " + change + ": must be -32768 to 32767, and not 0");
            }
            return operation(index, change, flags);
        }

        /**
         * Waits until a semaphore's value is 0.
         *
         * @param index which semaphore of the set, from 0; EFBIG when it has no such
         * @param flags {@link #NOWAIT} or 0
         * @return this
         * @throws IllegalArgumentException if the index is none
         */
        public Builder awaitZero(int index, int flags) {
            return operation(index, 0, flags);
        }

        private Builder operation(int index, int change, int flags) {
            if (index < 0 || index > INDEX_MAX) {
                throw new IllegalArgumentException("index " + index + ": must be 0 to " + INDEX_MAX);
            }
            operations.add(new Operation(index, change, flags));
            return this;
        }

        /**
         * What was added until now.
         *
         * @return the operations, which no later addition changes
         */
        public SysvOperations build() {
            return new SysvOperations(operations);
        }
    }

    /** Whether one of them may wait. */
    boolean mayWait() {
        return waits;
    }

    /** Without a kick none of them waits. */
    int perform(long kick, int id, long deadlineNs) {
        long operations = kick == 0 ? address + (long) count * BYTES : address;
        try {
            return SysvNative.semaphoreOperate(kick, id, operations, count, deadlineNs);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
