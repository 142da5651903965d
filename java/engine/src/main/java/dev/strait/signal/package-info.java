/**
 * Signals between processes, standard and real-time, with payloads: sent, received in order by Java that runs in an ordinary
 * thread, and looked at in any process. C programs do the same with {@code strait/signal.h}.
 *
 * <p>A {@link dev.strait.signal.SignalDispatcher} receives what is sent to it by its name:
 *
 * <pre>{@code
 * try (SignalDispatcher dispatcher = SignalDispatcher.open(DispatcherOptions.defaults().name("doorbell"));
 *         SignalQueue queue = SignalQueue.open()) {
 *     dispatcher.handle(Signal.realTime(0), queue);
 *     dispatcher.handle(Signal.of("USR1"), signal -> System.out.println("rung by " + signal.pid()));
 *     System.out.println("got " + queue.take().value());
 * }
 * }</pre>
 *
 * <p>and a {@link dev.strait.signal.SignalTarget} is whom one sends to:
 *
 * <pre>{@code
 * try (SignalTarget doorbell = SignalTarget.dispatcher("doorbell", SegmentOptions.defaults().timeout(Duration.ofSeconds(20)))) {
 *     doorbell.send(Signal.realTime(0), 42);
 * }
 * }</pre>
 *
 * <h2>Signals for the whole process</h2>
 *
 * <p>A {@linkplain dev.strait.signal.DispatcherOptions#processWide process-wide} dispatcher receives what anybody sends to the
 * JVM, by kill(1) for instance. The signals it takes are blocked in every thread: those that there are get a real-time signal
 * whose handler changes their mask, new ones inherit it. What hits a thread all the same, because a thread that ends puts an
 * old mask back, is queued again: it arrives late, but neither lost nor doubled. Such signals interrupt system calls of code
 * that is not Java's, which mostly resume (SA_RESTART).
 *
 * <p>With the {@linkplain dev.strait.signal.Agent agent} no thread ever has another mask. Then what one sender sends arrives in
 * order; and what is sent before the dispatcher is open, or while there is none, waits. Without the agent neither is
 * promised: a signal that comes too early or too late has its default action, which may be the end of the JVM.
 *
 * <p>What is sent to a single thread of the JVM, by tgkill(2), is not received.
 *
 * <h2>Which signals may be taken</h2>
 *
 * <table class="striped">
 * <caption>All signals, what they do by default, and whether a dispatcher may take them</caption>
 * <thead><tr><th>signal</th><th>default action</th><th>may be taken</th></tr></thead>
 * <tbody>
 * <tr><td>USR1, ALRM, STKFLT, VTALRM, IO, PWR</td><td>terminate</td><td>yes</td></tr>
 * <tr><td>XCPU</td><td>dump</td><td>yes</td></tr>
 * <tr><td>CHLD, URG, WINCH</td><td>ignore</td><td>yes</td></tr>
 * <tr><td>TSTP, TTIN, TTOU</td><td>stop</td><td>yes</td></tr>
 * <tr><td>CONT</td><td>continue</td><td>yes; it goes on all the same</td></tr>
 * <tr><td>RTMIN to RTMAX</td><td>terminate</td><td>yes, but for those below</td></tr>
 * <tr><td>HUP, INT, TERM</td><td>terminate</td>
 *     <td>the Java VM ends in order by it; with -Xrs it is the program's</td></tr>
 * <tr><td>QUIT</td><td>dump</td><td>the Java VM shows its threads by it; with -Xrs it is the program's</td></tr>
 * <tr><td>KILL</td><td>terminate</td><td>the kernel lets nobody catch, ignore or block it</td></tr>
 * <tr><td>STOP</td><td>stop</td><td>the kernel lets nobody catch, ignore or block it</td></tr>
 * <tr><td>SEGV, BUS, FPE, ILL, TRAP, SYS</td><td>dump</td>
 *     <td>the kernel sends it to the thread that has just made a fault</td></tr>
 * <tr><td>ABRT</td><td>dump</td><td>abort(3) ends the process by it</td></tr>
 * <tr><td>PIPE</td><td>terminate</td><td>write(2) sends it to the thread that writes, beside its error</td></tr>
 * <tr><td>XFSZ</td><td>dump</td><td>write(2) sends it to the thread that writes, beside its error</td></tr>
 * <tr><td>USR2</td><td>terminate</td><td>the Java VM suspends threads by it</td></tr>
 * <tr><td>PROF</td><td>terminate</td><td>Flight Recorder and other profilers sample by it</td></tr>
 * <tr><td>RT32, RT33</td><td>terminate</td><td>the C library has it for its own threads</td></tr>
 * <tr><td>RTMAX-2</td><td>terminate</td><td>java.nio ends system calls by it</td></tr>
 * </tbody>
 * </table>
 *
 * <p>Two more real-time signals, the first that are free from {@code RTMAX-3} downwards, are Strait's own: it ends system calls
 * by one, and reaches all threads by the other. And what has a handler already, whosever it is, may not be taken:
 * {@link dev.strait.signal.Signal#refusal} says how it is now.
 *
 * <h2>Child processes</h2>
 *
 * <p>What a {@link java.lang.ProcessBuilder} starts inherits neither that signals are blocked for a dispatcher nor that it
 * ignores them. Two exceptions on JDKs that hand their threads' masks on to children, as 17 does: a process that a handler
 * starts in the thread of a dispatcher that is not process-wide; and of the agent's signals those that no dispatcher has
 * taken.
 */
package dev.strait.signal;
