/**
 * An embedded IPC engine for Linux JVMs: rings and plain regions in shared memory, written by Java and C alike; and all that
 * the kernel itself offers, for processes that know nothing of this.
 *
 * <p>Start with {@link dev.strait.ring.Ring}.
 */
module dev.strait {
    exports dev.strait;
    exports dev.strait.descriptor;
    exports dev.strait.event;
    exports dev.strait.pipe;
    exports dev.strait.posix;
    exports dev.strait.program;
    exports dev.strait.ring;
    exports dev.strait.segment;
    exports dev.strait.share;
    exports dev.strait.signal;
    exports dev.strait.socket;
    exports dev.strait.sync;
    exports dev.strait.sysv;
    exports dev.strait.wait;
}
