package dev.headroom.simulator.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A real Chromium without a window, driven by the DevTools protocol. */
final class Chromium implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome");

    private final Process process;
    private final Path profile;
    private final WebSocket socket;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Mapping>> replies = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    private Chromium(Process process, Path profile, URI page) throws Exception {
        this.process = process;
        this.profile = profile;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(page, new Listener())
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            command(domain + ".enable", Map.of());
        }
    }

    /** The program on this machine, if there is one. */
    static Optional<Path> program() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            for (String name : NAMES) {
                Path path = Path.of(directory, name);
                if (Files.isExecutable(path)) {
                    return Optional.of(path);
                }
            }
        }
        return Optional.empty();
    }

    static Chromium start(Path program) throws Exception {
        Path profile = Files.createTempDirectory("headroom-chromium");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--hide-scrollbars",
                        "--no-first-run",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("chromium.log").toFile())
                .start();
        try {
            Path portFile = profile.resolve("DevToolsActivePort");
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!Files.exists(portFile) || Files.readAllLines(portFile).size() < 2) {
                if (System.nanoTime() > deadline || !process.isAlive()) {
                    throw new IOException("no Chromium: " + Files.readString(profile.resolve("chromium.log")));
                }
                Thread.sleep(50);
            }
            return new Chromium(
                    process, profile, page(Files.readAllLines(portFile).get(0)));
        } catch (Exception e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** The socket of the first page. */
    private static URI page(String port) throws Exception {
        URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
        String text = HttpClient.newHttpClient()
                .send(
                        java.net.http.HttpRequest.newBuilder(list).build(),
                        java.net.http.HttpResponse.BodyHandlers.ofString())
                .body();
        for (InputNode target : ((InputNode.Sequence) json(text)).items()) {
            Mapping mapping = (Mapping) target;
            if (text(mapping, "type").equals("page")) {
                return URI.create(text(mapping, "webSocketDebuggerUrl"));
            }
        }
        throw new IOException("Chromium has no page: " + text);
    }

    /** Sends a command and waits for its result. */
    Mapping command(String method, Map<String, Object> parameters) throws Exception {
        int number = numbers.incrementAndGet();
        CompletableFuture<Mapping> reply = new CompletableFuture<>();
        replies.put(number, reply);
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeNumberField("id", number);
            json.writeStringField("method", method);
            json.writeObjectFieldStart("params");
            write(json, parameters);
            json.writeEndObject();
            json.writeEndObject();
        }
        socket.sendText(text.toString(), true).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return reply.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void write(JsonGenerator json, Map<?, ?> fields) throws IOException {
        for (Map.Entry<?, ?> field : fields.entrySet()) {
            json.writeFieldName(String.valueOf(field.getKey()));
            value(json, field.getValue());
        }
    }

    private static void value(JsonGenerator json, Object value) throws IOException {
        if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object item : list) {
                value(json, item);
            }
            json.writeEndArray();
        } else if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            write(json, map);
            json.writeEndObject();
        } else {
            json.writeObject(value);
        }
    }

    /** Shows a page at a width, with a preferred colour scheme. */
    void open(URI address, int width, boolean dark) throws Exception {
        command(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
        command(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
        command("Page.navigate", Map.of("url", address.toString()));
    }

    /** The value of an expression of the page, as text. */
    String evaluate(String expression) throws Exception {
        Mapping result = command(
                "Runtime.evaluate",
                Map.of("expression", "String(" + expression + ")", "returnByValue", true, "awaitPromise", true));
        return text((Mapping) result.entry("result").orElseThrow().value(), "value");
    }

    /** Waits until an expression of the page is true. */
    void await(String expression) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!evaluate(expression).equals("true")) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never true: " + expression + "; " + complaints);
            }
            Thread.sleep(25);
        }
    }

    /** Presses and releases a key. */
    void press(String key) throws Exception {
        Map<String, Integer> codes = Map.of("Tab", 9, "ArrowRight", 39, "ArrowDown", 40, "Enter", 13, " ", 32);
        String text = key.equals("Enter") ? "\r" : key.equals(" ") ? " " : "";
        for (String type : List.of(text.isEmpty() ? "rawKeyDown" : "keyDown", "keyUp")) {
            command(
                    "Input.dispatchKeyEvent",
                    Map.of(
                            "type",
                            type,
                            "key",
                            key,
                            "code",
                            key,
                            "text",
                            type.equals("keyUp") ? "" : text,
                            "windowsVirtualKeyCode",
                            codes.getOrDefault(key, 0)));
        }
    }

    /** The whole page as a PNG file. */
    void screenshot(Path file) throws Exception {
        int height = Integer.parseInt(evaluate("document.documentElement.scrollHeight"));
        int width = Integer.parseInt(evaluate("innerWidth"));
        Mapping result = command(
                "Page.captureScreenshot",
                Map.of(
                        "captureBeyondViewport",
                        true,
                        "clip",
                        Map.of("x", 0, "y", 0, "width", width, "height", height, "scale", 1)));
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(text(result, "data")));
    }

    /** Errors of scripts, refused resources and the like. */
    List<String> complaints() {
        return complaints;
    }

    @Override
    public void close() throws Exception {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        try (var files = Files.walk(profile)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                file.toFile().delete(); // What is still in use is left to the system.
            }
        } catch (java.io.UncheckedIOException e) {
            profile.toFile().deleteOnExit();
        }
    }

    private static InputNode json(String text) {
        Problems problems = new Problems();
        return JsonReader.read(new InputText("chromium", text), problems);
    }

    private static String text(Mapping mapping, String key) {
        return mapping.entry(key)
                .map(entry -> entry.value() instanceof Scalar scalar ? scalar.text() : "")
                .orElse("");
    }

    /** Puts messages together and hands them to who waits. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder parts = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            parts.append(data);
            if (last) {
                Mapping message = (Mapping) json(parts.toString());
                parts.setLength(0);
                receive(message);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }

        private void receive(Mapping message) {
            Optional<InputNode> id = message.entry("id").map(Mapping.Entry::value);
            if (id.isPresent()) {
                CompletableFuture<Mapping> waiting =
                        Objects.requireNonNull(replies.remove(Integer.parseInt(((Scalar) id.get()).text())));
                if (message.entry("error").isPresent()) {
                    waiting.completeExceptionally(
                            new IOException(message.toJava().toString()));
                } else {
                    waiting.complete(
                            (Mapping) message.entry("result").orElseThrow().value());
                }
                return;
            }
            String method = text(message, "method");
            if (method.equals("Runtime.exceptionThrown") || method.equals("Log.entryAdded")) {
                complaints.add(message.toJava().toString());
            }
        }
    }
}
