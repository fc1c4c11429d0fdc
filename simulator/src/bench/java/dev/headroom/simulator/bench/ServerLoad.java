package dev.headroom.simulator.bench;

import dev.headroom.simulator.web.WebServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks a server for estimates at a fixed rate, whether or not it keeps up, and says how long answers took. A request's time
 * counts from when it was due. Server and clients share the machine's cores.
 *
 * <p>Arguments: requests a second, seconds, different jobs.
 */
public final class ServerLoad {
    private static final int WARM_UP_SECONDS = 10;

    private ServerLoad() {}

    public static void main(String[] args) throws Exception {
        int rate = args.length > 0 ? Integer.parseInt(args[0]) : 200;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        int jobs = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        try (WebServer server =
                WebServer.start(WebServer.Settings.of("127.0.0.1", 0, Throwable::printStackTrace))) {
            URI uri = URI.create(
                    "http://127.0.0.1:" + server.address().getPort() + "/api/v1/estimate");
            run(uri, rate, WARM_UP_SECONDS, jobs, "warm-up");
            long before = liveBytes();
            run(uri, rate, seconds, jobs, "measured");
            System.out.printf(
                    Locale.ROOT,
                    "heap in use after a collection: %.1f MiB before, %.1f MiB after%n",
                    before / 1048576.0,
                    liveBytes() / 1048576.0);
        }
    }

    private static void run(URI uri, int rate, int seconds, int jobs, String name) throws InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        int total = Math.multiplyExact(rate, seconds);
        long[] nanos = new long[total];
        AtomicInteger errors = new AtomicInteger();
        Map<String, Integer> kinds = new ConcurrentHashMap<>();
        CountDownLatch answers = new CountDownLatch(total);
        long start = System.nanoTime();
        for (int i = 0; i < total; i++) {
            int number = i;
            long due = start + i * TimeUnit.SECONDS.toNanos(1) / rate;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            String body = "{\"job\":{\"model\":\"llama-3.1-8b\",\"sequenceLength\":%d},\"gpu\":\"a100-80gb\"}"
                    .formatted(1024 + 8 * (i % jobs));
            client.sendAsync(
                            HttpRequest.newBuilder(uri)
                                    .POST(BodyPublishers.ofString(body))
                                    .build(),
                            BodyHandlers.ofByteArray())
                    .whenComplete((response, failure) -> {
                        nanos[number] = System.nanoTime() - due;
                        if (failure != null || response.statusCode() != 200) {
                            errors.incrementAndGet();
                            kinds.merge(
                                    failure == null ? "status " + response.statusCode() : String.valueOf(failure.getCause()),
                                    1,
                                    Integer::sum);
                        }
                        answers.countDown();
                    });
        }
        answers.await();
        if (!kinds.isEmpty()) {
            System.out.println(name + ": errors " + kinds);
        }
        double took = (System.nanoTime() - start) / 1e9;
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%s: %d requests of %d jobs in %.1f s (%.0f/s), %d errors; p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, max %.1f ms%n",
                name,
                total,
                jobs,
                took,
                total / took,
                errors.get(),
                nanos[total / 2] / 1e6,
                nanos[total * 9 / 10] / 1e6,
                nanos[total * 99 / 100] / 1e6,
                nanos[total - 1] / 1e6);
    }

    /** Bytes of objects that are still used. */
    private static long liveBytes() {
        Runtime runtime = Runtime.getRuntime();
        System.gc();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
