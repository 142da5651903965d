/**
 * Unix sockets, as unix(7) describes them: streams, datagrams and sequenced packets, and what only they can carry from process
 * to process: open descriptors, and who somebody is as the kernel knows it.
 *
 * <pre>{@code
 * UnixAddress address = UnixAddress.ofPath("/tmp/strait-example.socket");
 * try (UnixListener<UnixStream> listener = UnixStream.listen(address);
 *         UnixStream client = UnixStream.connect(address);
 *         UnixStream server = listener.accept()) {
 *     System.out.println("process " + server.peerCredentials().pid());
 *     Pipe pipe = Pipe.open();
 *     client.write(ByteBuffer.wrap(new byte[1]), Attachment.of(pipe.reader())); // and our end is closed
 *     try (Received received = server.receiveAll(ByteBuffer.allocate(1));
 *             PipeReader reader = received.descriptors().get(0).into(PipeReader::adopt)) {
 *         pipe.writer().write(ByteBuffer.wrap(new byte[8]));
 *         System.out.println(reader.read(ByteBuffer.allocate(100)) + " bytes");
 *     }
 *     pipe.close();
 * }
 * }</pre>
 *
 * <p>Two processes that pass messages for long do so without system calls through a {@link dev.strait.ring.Ring};
 * {@code dev.strait.share} hands one over such a socket. Where only bytes go, the JDK's
 * {@link java.nio.channels.SocketChannel} knows Unix sockets, too. TCP and UDP are the JDK's alone.
 */
package dev.strait.socket;
