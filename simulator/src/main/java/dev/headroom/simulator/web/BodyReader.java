package dev.headroom.simulator.web;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Reads bodies, but no more than allowed and for no longer than allowed. */
final class BodyReader {
    /** Largest body [bytes]; hundreds of times what a job needs. */
    static final int LIMIT = 1 << 20;

    /** What is read and thrown away at most, so that a client which sends on gets to read the refusal. */
    private static final long DISCARD_LIMIT = 64L << 20;

    private final ScheduledExecutorService clock;
    private final Duration patience;

    /**
     * @param clock wakes up when a body takes too long
     * @param patience how long a body may take
     */
    BodyReader(ScheduledExecutorService clock, Duration patience) {
        this.clock = clock;
        this.patience = patience;
    }

    /** Answers a client that is still sending; it does not come back to the one that waits for the body. */
    interface LateReply {
        void send(RefusedRequest refused);
    }

    /** The body took too long, and has been answered. */
    static final class TooSlow extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Reads a body of UTF-8 text.
     *
     * @throws RefusedRequest if it is too large or no text
     * @throws TooSlow if it took too long; the reply has been sent
     */
    String read(HttpExchange exchange, LateReply late) throws IOException {
        Thread reader = Thread.currentThread();
        AtomicBoolean settled = new AtomicBoolean();
        ScheduledFuture<?> alarm = clock.schedule(
                () -> {
                    if (settled.compareAndSet(false, true)) {
                        late.send(new RefusedRequest(
                                Reply.TIMEOUT, "the body did not come within %s s".formatted(patience.toSeconds())));
                        reader.interrupt(); // which closes the connection under the read that waits
                    }
                },
                patience.toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            byte[] bytes = bytes(exchange);
            if (!settled.compareAndSet(false, true)) {
                throw new TooSlow();
            }
            return text(bytes);
        } catch (IOException e) {
            if (!settled.compareAndSet(false, true)) {
                throw new TooSlow();
            }
            throw e;
        } finally {
            alarm.cancel(false);
        }
    }

    private static byte[] bytes(HttpExchange exchange) throws IOException {
        InputStream stream = exchange.getRequestBody();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 14];
        long total = 0;
        for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
            total += count;
            if (total <= LIMIT) {
                bytes.write(buffer, 0, count);
            } else if (total > DISCARD_LIMIT) {
                break;
            }
        }
        if (total > LIMIT) {
            throw new RefusedRequest(
                    Reply.TOO_LARGE, "the body is too large: at most %d bytes are read".formatted(LIMIT));
        }
        return bytes.toByteArray();
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RefusedRequest(Reply.BAD_REQUEST, "the body is no UTF-8 text");
        }
    }
}
