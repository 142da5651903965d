package dev.strait.posix;

import java.util.concurrent.atomic.AtomicInteger;

/** Names of objects that no other test has. */
final class Names {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private Names() {}

    /** Another one. */
    static String next() {
        return "/strait-test-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    }
}
