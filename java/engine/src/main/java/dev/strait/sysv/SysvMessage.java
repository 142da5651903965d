package dev.strait.sysv;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A message to send, or room for one to receive: struct msgbuf of msgop(2), in native memory. It is made once and used again
 * and again; sending and receiving neither copy nor allocate.
 *
 * <p>For one thread at a time.
 */
public final class SysvMessage {
    private final ByteBuffer whole;
    private final ByteBuffer body;
    private final long address;

    private SysvMessage(int capacityBytes) {
        whole = ByteBuffer.allocateDirect(SysvLayout.MSG_TYPE_BYTES + capacityBytes)
                .order(ByteOrder.nativeOrder());
        body = whole.position(SysvLayout.MSG_TYPE_BYTES).slice().order(ByteOrder.nativeOrder());
        address = SysvNative.address(whole);
        setType(1);
    }

    /**
     * Room for a message, of type 1 and with no bytes in it.
     *
     * @param capacityBytes 0 or more; more than {@link SysvQueue.Limits#messageBytes} cannot be sent
     * @return the message, whose body has limit 0
     */
    public static SysvMessage allocate(int capacityBytes) {
        SysvMessage message = new SysvMessage(capacityBytes);
        message.body.limit(0);
        return message;
    }

    /**
     * A message with bytes of one's own.
     *
     * @param type 1 or more
     * @param bytes which are copied
     * @return the message
     */
    public static SysvMessage of(long type, byte[] bytes) {
        SysvMessage message = new SysvMessage(bytes.length);
        message.body.put(bytes).flip();
        return message.setType(type);
    }

    /**
     * What kind of message it is, as the sender said.
     *
     * @return 1 or more, when it was received
     */
    public long type() {
        return whole.getLong(0);
    }

    /**
     * Says what kind of message it is.
     *
     * @param type 1 or more, or the kernel refuses it: EINVAL
     * @return this
     */
    public SysvMessage setType(long type) {
        whole.putLong(0, type);
        return this;
    }

    /**
     * Its bytes, from 0 to the limit; the position does not matter. Receiving sets the limit, and the position to 0. To write
     * a message, {@linkplain ByteBuffer#clear clear} it, put bytes, and {@linkplain ByteBuffer#flip flip} it.
     *
     * @return always the same buffer, in native byte order
     */
    public ByteBuffer body() {
        return body;
    }

    int send(long kick, int id, int flags) {
        try {
            return SysvNative.queueSend(kick, id, address, body.limit(), flags);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    long receive(long kick, int id, long type, int flags) {
        try {
            return SysvNative.queueReceive(kick, id, address, body.capacity(), type, flags);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** It has been received. */
    int received(int length) {
        body.clear().limit(length);
        return length;
    }
}
