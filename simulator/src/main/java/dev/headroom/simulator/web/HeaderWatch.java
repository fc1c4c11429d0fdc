package dev.headroom.simulator.web;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Runs requests, and hangs up on those whose request line and headers do not come in time: they would hold a thread for ever.
 * The JDK's server has a limit of its own ({@code maxReqTime}), but it closes some connections that are in good order.
 */
final class HeaderWatch implements Executor {
    private final Executor threads;
    private final long patience;
    private final Map<Thread, Long> reading = new ConcurrentHashMap<>();

    /**
     * @param threads runs the requests
     * @param clock looks for those that are late
     * @param patience how long request line and headers may take
     */
    HeaderWatch(Executor threads, ScheduledExecutorService clock, Duration patience) {
        this.threads = threads;
        this.patience = patience.toNanos();
        long period = Math.max(1, patience.toMillis() / 4);
        ScheduledFuture<?> unused = clock.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void execute(Runnable request) {
        threads.execute(() -> {
            reading.put(Thread.currentThread(), System.nanoTime());
            try {
                request.run();
            } finally {
                reading.remove(Thread.currentThread());
            }
        });
    }

    /** The headers of the request that this thread runs are here. */
    void headersRead() {
        reading.remove(Thread.currentThread());
    }

    private void look() {
        long now = System.nanoTime();
        reading.forEach((thread, since) -> {
            // Only who removes the entry may interrupt, so a request that is past its headers never is.
            if (now - since > patience && reading.remove(thread, since)) {
                thread.interrupt(); // which closes the connection under the read that waits
            }
        });
    }
}
