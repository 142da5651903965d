/**
 * Pipes and FIFOs, as pipe(7) and fifo(7) describe them: byte streams between processes that are related, that have been sent
 * an end, or that know a name.
 *
 * <p>A program that turns what it is given into capitals, and two pipes to talk to it:
 *
 * <pre>{@code
 * try (DuplexPipe.Pair pair = DuplexPipe.openPair()) {
 *     DuplexPipe ours = pair.first();
 *     DuplexPipe theirs = pair.second();
 *     Thread program = new Thread(() -> {
 *         ByteBuffer text = ByteBuffer.allocate(100);
 *         try (theirs) {
 *             while (theirs.read(text.clear()) >= 0) {
 *                 String capitals = new String(text.array(), 0, text.position(), US_ASCII).toUpperCase(Locale.ROOT);
 *                 theirs.write(ByteBuffer.wrap(capitals.getBytes(US_ASCII)));
 *             }
 *         } catch (IOException e) {
 *             e.printStackTrace();
 *         }
 *     });
 *     program.start();
 *     ours.write(ByteBuffer.wrap("hello".getBytes(US_ASCII)));
 *     ours.writer().close(); // that is all
 *     ByteBuffer answer = ByteBuffer.allocate(100);
 *     while (ours.read(answer) >= 0) {}
 *     System.out.println(new String(answer.array(), 0, answer.position(), US_ASCII));
 * }
 * }</pre>
 *
 * <p>A reader for what any program writes to a name, {@code echo 17 > orders}; it holds a writer itself, so that it does not
 * end with the first of them:
 *
 * <pre>{@code
 * try (Fifo fifo = Fifo.create(Path.of("orders"), 0620);
 *         Pipe both = fifo.openBoth()) {
 *     ByteBuffer order = ByteBuffer.allocate(Pipe.ATOMIC_BYTES);
 *     both.reader().read(order);
 *     System.out.print(new String(order.array(), 0, order.position(), US_ASCII));
 *     fifo.unlink();
 * }
 * }</pre>
 */
package dev.strait.pipe;
