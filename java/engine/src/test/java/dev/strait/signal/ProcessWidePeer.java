package dev.strait.signal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A JVM with a process-wide dispatcher: what it is to do is the first argument. */
final class ProcessWidePeer {
    private static final Signal USR1 = Signal.of("USR1");
    private static final Signal SIGNAL = Signal.realTime(6);
    private static final int SOON_S = 20;
    private static final SignalTarget SELF =
            SignalTarget.process((int) ProcessHandle.current().pid());

    private static final BlockingQueue<ReceivedSignal> RECEIVED = new LinkedBlockingQueue<>();

    private ProcessWidePeer() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "inherit" -> inherit();
            case "children" -> waitForChildren();
            case "restore" -> restore();
            case "early" -> takeEarlyOne();
            default -> throw new AssertionError(arguments[0]);
        }
    }

    private static SignalDispatcher open() throws IOException {
        return SignalDispatcher.open(DispatcherOptions.defaults().processWide());
    }

    private static ReceivedSignal next() throws InterruptedException {
        ReceivedSignal signal = RECEIVED.poll(SOON_S, TimeUnit.SECONDS);
        if (signal == null) {
            throw new AssertionError("no signal");
        }
        return signal;
    }

    // ---- Children

    private static List<String> signalsOfChild() throws IOException {
        Process child = new ProcessBuilder("grep", "^S[ih][gd][BIPC]\\|ShdPnd", "/proc/self/status").start();
        return new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    /** Tells what children inherit while signals are handled and ignored. */
    private static void inherit() throws IOException, InterruptedException {
        try (SignalDispatcher dispatcher = open()) {
            dispatcher.handle(USR1, RECEIVED::add);
            dispatcher.handle(SIGNAL, RECEIVED::add);
            dispatcher.ignore(Signal.of("WINCH"));
            for (int i = 0; i < 20; i++) {
                SELF.send(SIGNAL, i); // meanwhile
                System.out.println(signalsOfChild());
            }
            for (int i = 0; i < 20; i++) {
                next();
            }
            dispatcher.handle(SIGNAL, signal -> {
                System.out.println(signalsOfChild());
                RECEIVED.add(signal);
            });
            SELF.send(SIGNAL);
            next();
        }
    }

    /** Handles CHLD beside java.lang.Process. */
    private static void waitForChildren() throws IOException, InterruptedException {
        List<Long> told = new ArrayList<>();
        try (SignalDispatcher dispatcher = open()) {
            dispatcher.handle(Signal.of("CHLD"), RECEIVED::add);
            for (int i = 0; i < 50; i++) {
                Process child = new ProcessBuilder("sh", "-c", "exit " + i).start();
                if (child.waitFor() != i) {
                    throw new AssertionError(child.exitValue() + " instead of " + i);
                }
                for (ReceivedSignal signal = next(); signal.pid() != child.pid(); signal = next()) {} // jspawnhelper
                told.add(child.pid());
            }
        }
        System.out.println(told.size() + " children");
    }

    // ---- Closing

    private static void restore() throws IOException, InterruptedException {
        ProcessSignals before = ProcessSignals.of((int) ProcessHandle.current().pid());
        for (int i = 0; i < 3; i++) {
            try (SignalDispatcher dispatcher = open()) {
                dispatcher.handle(SIGNAL, RECEIVED::add);
                SELF.send(SIGNAL, 1);
                next();
                dispatcher.ignore(SIGNAL);
                SELF.send(SIGNAL, 2);
            }
        }
        ProcessSignals after = ProcessSignals.of((int) ProcessHandle.current().pid());
        System.out.println(
                after.blocked().equals(before.blocked()) + " " + after.caught().contains(SIGNAL) + " "
                        + after.pendingForProcess().contains(SIGNAL));
        System.out.flush();
        SELF.send(SIGNAL, 3); // its default action
        Thread.sleep(TimeUnit.SECONDS.toMillis(SOON_S));
    }

    // ---- The agent

    private static void takeEarlyOne() throws IOException, InterruptedException {
        System.out.println("ready");
        System.in.read();
        try (SignalDispatcher dispatcher = open()) {
            dispatcher.handle(SIGNAL, RECEIVED::add);
            System.out.println("early " + next().value());
        }
        SELF.send(SIGNAL, 5); // waits for the next dispatcher
        try (SignalDispatcher dispatcher = open()) {
            dispatcher.handle(SIGNAL, RECEIVED::add);
            System.out.println("late " + next().value());
        }
    }

    /** Tells what children inherit that have never heard of us. */
    static final class Plain {
        public static void main(String[] arguments) throws IOException {
            System.out.println(signalsOfChild());
        }
    }
}
