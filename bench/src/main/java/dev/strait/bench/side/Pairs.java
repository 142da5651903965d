package dev.strait.bench.side;

import java.io.IOException;

/** Something that is taken and given back, again and again; a process has one, so that the JIT sees one implementation. */
public interface Pairs extends AutoCloseable {
    /**
     * Makes what is taken.
     *
     * @param parameters of this side
     * @throws Exception if that fails
     */
    void open(Parameters parameters) throws Exception;

    /**
     * Takes it and gives it back.
     *
     * @throws Exception never
     */
    void pair() throws Exception;

    @Override
    void close() throws IOException;
}
