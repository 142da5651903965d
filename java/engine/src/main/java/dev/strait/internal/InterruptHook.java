package dev.strait.internal;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Lets {@link Thread#interrupt} end a native wait.
 *
 * <p>The JDK calls {@link #wakeup} of a selector when the thread that is between its {@code begin()} and {@code end()}
 * is interrupted, or was before. That is documented, public, and takes 25 to 40 ns each time; and a selector need not
 * select anything. When {@code end()} has returned, no wakeup of it is under way.
 */
public abstract class InterruptHook extends AbstractSelector {
    /** A hook for any number of threads that wait for one thing. */
    protected InterruptHook() {
        super(null);
    }

    /** Ends the native wait, or the next one. Called by the thread that interrupts. */
    @Override
    public abstract Selector wakeup();

    /** From here on an interrupt calls {@link #wakeup}. */
    public final void enter() {
        begin();
    }

    /** From here on it does not. */
    public final void leave() {
        end();
    }

    @Override
    protected void implCloseSelector() throws IOException {}

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
        throw new UnsupportedOperationException("register " + SelectableChannel.class.getSimpleName());
    }

    @Override
    public Set<SelectionKey> keys() {
        return Set.of();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        return Set.of();
    }

    @Override
    public int selectNow() {
        return 0;
    }

    @Override
    public int select(long timeoutMs) {
        return 0;
    }

    @Override
    public int select() {
        return 0;
    }
}
