package dev.strait.socket;

import dev.strait.descriptor.Descriptor;

/** A bound path, and the lock that says so: removed when the socket is closed, left when it lives on elsewhere. */
final class Binding implements Descriptor.Companion {
    /** 0 for none. */
    private long handle;

    synchronized void hold(long binding) {
        handle = binding;
    }

    @Override
    public synchronized void gone(boolean released) {
        if (handle == 0) {
            return;
        }
        if (released) {
            SocketNative.leave(handle);
        } else {
            SocketNative.unbind(handle);
        }
        handle = 0;
    }
}
