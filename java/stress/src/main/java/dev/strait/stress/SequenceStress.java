package dev.strait.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.strait.sync.Sequence;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A sequence that one advances and another looks at. */
public final class SequenceStress {
    private static final Pool<Sequence> SEQUENCES = new Pool<>(name -> Sequence.declare(name, 0), Sequence::open);

    private SequenceStress() {}

    /** What came before a number is seen by who sees the number. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "0, 1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "The number came after the value.")
    @Outcome(expect = FORBIDDEN, desc = "The number is there and the value is not.")
    @State
    public static class Publication {
        private final Sequence sequence = SEQUENCES.take();
        private final long start = sequence.get();
        private int value;

        @Actor
        public void advance() {
            value = 1;
            sequence.advance(start + 1);
        }

        @Actor
        public void look(II_Result result) {
            result.r1 = (int) (sequence.get() - start);
            result.r2 = value;
        }
    }
}
