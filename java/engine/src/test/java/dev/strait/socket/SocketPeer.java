package dev.strait.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.strait.ErrnoException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Another process: what it is asked for it does once. */
final class SocketPeer {
    private SocketPeer() {}

    public static void main(String[] arguments) throws Exception {
        UnixAddress address = UnixAddress.ofPath(Path.of(arguments[1]));
        try {
            switch (arguments[0]) {
                case "connect" -> UnixStream.connect(address).close();
                case "listen" -> UnixStream.listen(address).close();
                case "hold" -> {
                    UnixListener<UnixStream> held = UnixStream.listen(address);
                    System.out.println("listening");
                    System.in.read();
                    held.close();
                }
                case "serve" -> {
                    Inherited given = Inherited.all().get(0);
                    try (UnixListener<UnixStream> listener = UnixStream.adoptListener(given.fd());
                            UnixStream client = listener.accept()) {
                        client.write(ByteBuffer.wrap(("I am " + given.name()).getBytes(US_ASCII)));
                    }
                }
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            System.out.println("done");
        } catch (ErrnoException e) {
            System.out.println(e.getMessage());
        }
    }
}
