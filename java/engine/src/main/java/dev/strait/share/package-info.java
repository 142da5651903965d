/**
 * Sharing segments and rings that have no name with unrelated processes: over a connected Unix socket, or from a server that
 * hands each client a ring of its own.
 *
 * <pre>{@code
 * UnixAddress address = UnixAddress.ofAbstract("strait-example");
 * RingOptions options = RingOptions.defaults();
 * try (Rendezvous server =
 *         Rendezvous.open(address, UnixOptions.defaults(), options, client -> client.uid() == 0 || client.pid() > 1)) {
 *     Thread client = new Thread(() -> {
 *         try (Ring ring = Rendezvous.connect(address, UnixOptions.defaults(), options);
 *                 RingWriter writer = ring.openWriter()) {
 *             writer.offer(1, ByteBuffer.allocate(8), 0, 8);
 *         } catch (IOException | InterruptedException e) {
 *             throw new AssertionError(e);
 *         }
 *     });
 *     client.start();
 *     Rendezvous.Client visitor = server.accept();
 *     try (Ring ring = visitor.ring(); RingReader reader = ring.openReader()) {
 *         client.join();
 *         int read = reader.poll((type, buffer, offset, length) -> true, 10);
 *         System.out.println(read + " message of process " + visitor.credentials().pid());
 *     }
 * }
 * }</pre>
 */
package dev.strait.share;
