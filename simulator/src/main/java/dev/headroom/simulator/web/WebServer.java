package dev.headroom.simulator.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Serves the page and the API over HTTP, on the JDK's own server. */
public final class WebServer implements AutoCloseable {
    private static final String API = "/api/v1/";

    /** Threads wait for slow clients; few of them compute at once. */
    private static final int THREADS = 128;

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long CACHED_REPLY_BYTES = 32L << 20;

    /** Nothing from anywhere else, and nothing inline: what a page could be tricked into loading, it cannot. */
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    static {
        // Read once, when the JDK's server is first used. Small replies must not wait for more to send; a request line
        // without an end must not hold a thread for ever.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqHeaders", "100");
        // Connections that wait are kept rather than closed under a client that is about to use them.
        System.setProperty("sun.net.httpserver.maxIdleConnections", "1000");
        System.setProperty("sun.net.httpserver.idleInterval", "600");
        System.setProperty("jdk.httpserver.maxConnections", "4000");
    }

    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final ScheduledExecutorService clock;
    private final HostCheck hosts;
    private final BodyReader bodies;
    private final HeaderWatch requests;
    private final Consumer<Throwable> bugs;
    private final StaticFiles files = new StaticFiles();
    private final Catalog catalog = new Catalog();
    private final Api api = new Api();
    private final Semaphore cores = new Semaphore(Runtime.getRuntime().availableProcessors(), true);
    private final Map<String, CompletableFuture<Reply>> inWork = new ConcurrentHashMap<>();
    private final BoundedCache<String, Reply> replies = new BoundedCache<>(
            CACHED_REPLY_BYTES,
            entry -> 2L * entry.getKey().length() + entry.getValue().body().length);

    private WebServer(HttpServer server, Settings settings) {
        this.server = server;
        this.bugs = settings.bugs();
        this.hosts = new HostCheck(settings.host());
        this.clock = Executors.newSingleThreadScheduledExecutor(runnable -> thread(runnable, "headroom-clock"));
        this.bodies = new BodyReader(clock, settings.patience());
        this.threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                runnable -> thread(runnable, "headroom-request"));
        threads.allowCoreThreadTimeOut(true);
        this.requests = new HeaderWatch(threads, clock, settings.patience());
    }

    /**
     * How to serve.
     *
     * @param host name or address to bind to
     * @param port port to bind to; 0 for any that is free
     * @param patience how long the body of a request may take
     * @param bugs is told of every internal error
     */
    public record Settings(String host, int port, Duration patience, Consumer<Throwable> bugs) {
        /** The settings of the command line. */
        public static Settings of(String host, int port, Consumer<Throwable> bugs) {
            return new Settings(host, port, PATIENCE, bugs);
        }
    }

    /**
     * Starts to serve.
     *
     * @throws IOException if the address cannot be bound
     */
    public static WebServer start(Settings settings) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(settings.host(), settings.port()), 0);
        WebServer web = new WebServer(server, settings);
        server.createContext("/", web::handle);
        server.setExecutor(web.requests);
        server.start();
        return web;
    }

    /** The address that is served. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Asks itself some questions, so that the first client need not wait until Java has warmed up; more beside the first. */
    public void warmUp() {
        WarmUp warmUp = new WarmUp(api);
        warmUp.estimates();
        thread(warmUp::page, "headroom-warm-up").start();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        clock.shutdownNow();
    }

    private static Thread thread(Runnable runnable, String name) {
        Thread thread = new Thread(runnable, name);
        thread.setDaemon(true);
        return thread;
    }

    private void handle(HttpExchange exchange) {
        requests.headersRead();
        try {
            Reply reply;
            try {
                hosts.check(exchange.getRequestHeaders());
                reply = reply(exchange);
            } catch (RefusedRequest e) {
                reply = e.reply();
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                bugs.accept(e);
                reply = new RefusedRequest(
                                Reply.INTERNAL,
                                "internal error: a bug in Headroom, not in the request (%s)".formatted(e))
                        .reply();
            }
            send(exchange, reply);
        } catch (IOException e) {
            exchange.close(); // The client has gone, or was told that it is too slow.
        }
    }

    private Reply reply(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        boolean reads = method.equals("GET") || method.equals("HEAD");
        String name = path.startsWith(API) ? path.substring(API.length()) : "";
        if (api.questions().contains(name)) {
            if (!method.equals("POST")) {
                throw notAllowed(exchange, "POST", path);
            }
            return answer(name, bodies.read(exchange, refused -> sendLate(exchange, refused)));
        }
        Optional<Reply> known = files.at(path).or(() -> catalog.at(name));
        if (known.isEmpty()) {
            throw new RefusedRequest(
                    Reply.NOT_FOUND,
                    "there is nothing at this address; %sopenapi.json lists what there is".formatted(API));
        }
        if (!reads) {
            throw notAllowed(exchange, "GET, HEAD", path);
        }
        return known.get();
    }

    private static RefusedRequest notAllowed(HttpExchange exchange, String allowed, String path) {
        exchange.getResponseHeaders().set("Allow", allowed);
        return new RefusedRequest(Reply.METHOD_NOT_ALLOWED, "%s takes %s".formatted(path, allowed));
    }

    /** Answers from what is known, or computes; a question that is asked twice at once is computed once. */
    private Reply answer(String question, String body) {
        String key = question + '\n' + body;
        Optional<Reply> known = replies.get(key);
        if (known.isPresent()) {
            return known.get();
        }
        CompletableFuture<Reply> own = new CompletableFuture<>();
        CompletableFuture<Reply> first = inWork.putIfAbsent(key, own);
        if (first != null) {
            return awaited(first);
        }
        try {
            Reply reply = computed(question, body);
            replies.put(key, reply);
            own.complete(reply);
            return reply;
        } catch (Throwable e) {
            own.completeExceptionally(e);
            throw e;
        } finally {
            inWork.remove(key);
        }
    }

    private static Reply awaited(CompletableFuture<Reply> reply) {
        try {
            return reply.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RefusedRequest refused) {
                throw refused;
            }
            throw e;
        }
    }

    private Reply computed(String question, String body) {
        try {
            if (!cores.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new RefusedRequest(Reply.BUSY, "too many questions at once; ask again in a moment");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedRequest(Reply.BUSY, "the server is stopping");
        }
        try {
            return Reply.json(api.answer(question, body).orElseThrow());
        } finally {
            cores.release();
        }
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", reply.type());
        headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cache-Control", "no-cache");
        exchange.getRequestBody().close(); // Else the connection would end with this answer.
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            headers.set("Content-Length", Integer.toString(reply.body().length));
        }
        exchange.sendResponseHeaders(reply.status(), head ? -1 : reply.body().length);
        if (!head) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(reply.body());
            }
        }
    }

    /** Tells a client that still sends, from another thread, and hangs up. */
    private static void sendLate(HttpExchange exchange, RefusedRequest refused) {
        Reply reply = refused.reply();
        try {
            exchange.getResponseHeaders().set("Content-Type", reply.type());
            exchange.getResponseHeaders().set("Connection", "close");
            exchange.sendResponseHeaders(reply.status(), reply.body().length);
            OutputStream out = exchange.getResponseBody();
            out.write(reply.body());
            out.flush();
        } catch (IOException e) {
            exchange.close(); // It has gone.
        }
    }
}
