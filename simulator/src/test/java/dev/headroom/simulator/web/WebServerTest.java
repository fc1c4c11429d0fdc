package dev.headroom.simulator.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.cli.Commands;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API answers as the command line does, and survives what is not meant well. */
final class WebServerTest {
    private static final String JOB = """
            {"job": {"model": "tinyllama-1.1b", "layersOverride": 2, "sequenceLength": 256}, "gpu": "a100-80gb"}""";
    private static final String OPTIONS = "--model tinyllama-1.1b --layers 2 --gpu a100-80gb --format json";
    private static final Duration PATIENCE = Duration.ofMillis(700);

    private static final List<Throwable> BUGS = new CopyOnWriteArrayList<>();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static WebServer server;

    @BeforeAll
    static void start() throws IOException {
        server = WebServer.start(new WebServer.Settings("127.0.0.1", 0, PATIENCE, BUGS::add));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void goesOn() throws Exception {
        assertThat(post("estimate", JOB).statusCode()).isEqualTo(200);
        assertThat(BUGS).isEmpty();
    }

    private static int port() {
        return server.address().getPort();
    }

    private static URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String question, String body) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(uri("/api/v1/" + question))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /** Sends bytes as they are, and gives all that comes back. */
    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Mapping json(String text) {
        Problems problems = new Problems();
        InputNode node = JsonReader.read(new InputText("reply", text), problems);
        assertThat(problems.isEmpty()).isTrue();
        return (Mapping) node;
    }

    private static void assertRefused(HttpResponse<String> response, int status, String message) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains("\"status\": " + status).contains(message);
    }

    @Test
    void estimate_job_isWhatTheCommandPrints() throws Exception {
        assertThat(post("estimate", JOB).body()).isEqualTo(Commands.run("estimate --seq 256 " + OPTIONS));
    }

    @Test
    void explain_job_isWhatTheCommandPrints() throws Exception {
        assertThat(post("explain", JOB).body()).isEqualTo(Commands.run("explain --seq 256 " + OPTIONS));
    }

    @Test
    void compare_methodsAndLengths_isWhatTheCommandPrints() throws Exception {
        String body = JOB.replaceFirst("\\{", "{\"methods\": [\"full\", \"dora\"], \"sequenceLengths\": [128, 512], ");

        assertThat(post("compare", body).body())
                .isEqualTo(Commands.run("compare --methods full,dora --seqs 128,512 " + OPTIONS));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"models", "gpus"})
    void catalog_everyOne_isWhatTheCommandPrints(String catalog) throws Exception {
        assertThat(get("/api/v1/" + catalog).body()).isEqualTo(Commands.run(catalog + " --format json"));
    }

    @Test
    void composition_everyPoint_liesJustBelowTheEstimate() throws Exception {
        String body = JOB.replaceFirst("\\{", "{\"methods\": [\"full\", \"lora\"], \"sequenceLengths\": [256], ");
        Mapping full =
                (Mapping) ((InputNode.Sequence) json(post("composition", body).body())
                                .entry("series")
                                .orElseThrow()
                                .value())
                        .items()
                        .get(0);
        Mapping point = (Mapping)
                ((InputNode.Sequence) full.entry("points").orElseThrow().value())
                        .items()
                        .get(0);
        Mapping estimate =
                json(post("estimate", JOB.replace("\"layersOverride\"", "\"method\": \"full\", \"layersOverride\""))
                        .body());

        long analytic = bytes(point, "peakAllocatedBytes");
        long exact = bytes(estimate, "peakAllocatedBytes");

        assertThat(analytic).isBetween(exact - exact / 100, exact);
    }

    private static long bytes(Mapping mapping, String key) {
        return Long.parseLong(
                ((InputNode.Scalar) mapping.entry(key).orElseThrow().value()).text());
    }

    @Test
    void timeline_job_peaksWhereTheEstimateDoes() throws Exception {
        String peak = Long.toString(bytes(json(post("estimate", JOB).body()), "peakAllocatedBytes"));

        assertThat(post("timeline", JOB).body()).contains("\"allocatedBytes\": " + peak);
    }

    @Test
    void advise_job_isWhatTheCommandPrints() throws Exception {
        assertThat(post("advise", JOB).body()).isEqualTo(Commands.run("advise --seq 256 " + OPTIONS));
    }

    @Test
    void advise_analyticReading_tellsRequestedBytesOnly() throws Exception {
        String answer = post("advise", JOB.replaceFirst("\\{", "{\"reading\": \"analytic\", "))
                .body();

        assertThat(answer)
                .contains("\"savedRequestedBytes\"", "\"processAtLeastBytes\"")
                .doesNotContain("savedProcessBytes", "\"plan\"");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "\"reading\": \"exact\" | Allowed: analytic, replay.",
                "\"reading\": 1 | unknown reading",
                "\"front\": \"no\" | 'front' must be true or false",
            })
    void advise_badKey_isRefused(String key, String message) throws Exception {
        assertRefused(post("advise", JOB.replaceFirst("\\{", "{" + key + ", ")), 400, message);
    }

    @Test
    void solve_longestSequence_isWhatTheCommandPrints() throws Exception {
        assertThat(post("solve", JOB.replaceFirst("\\{", "{\"max\": \"seq\", ")).body())
                .isEqualTo(Commands.run("solve --max seq --seq 256 " + OPTIONS));
    }

    @Test
    void sweep_twoAxes_hasARowForEachCell() throws Exception {
        String body = JOB.replaceFirst(
                "\\{", "{\"axes\": {\"sequenceLength\": \"128..512..128\", \"method.name\": [\"full\", \"lora\"]}, ");
        Mapping answer = json(post("sweep", body).body());

        assertThat(((InputNode.Sequence) answer.entry("rows").orElseThrow().value()).items())
                .hasSize(8);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "\"sequenceLength\": \"1..1000000000\"",
                "\"sequenceLength\": \"1..100000\", \"microBatch\": \"1..10000\"",
                "\"method.rank\": \"1..10000\"",
            })
    void sweep_aBillionPoints_is422(String axes) throws Exception {
        assertRefused(
                post("sweep", JOB.replaceFirst("\\{", "{\"axes\": {" + axes + "}, ")), 422, "too large for a request");
    }

    @Test
    void timeline_fewerSamples_areAsManyAsWanted() throws Exception {
        Mapping timeline = json(
                post("timeline", JOB.replaceFirst("\\{", "{\"samples\": 25, ")).body());
        Sequence samples = (Sequence) timeline.entry("samples").orElseThrow().value();

        assertThat(samples.items()).hasSizeBetween(15, 25);
    }

    @ParameterizedTest(name = "{0} samples")
    @ValueSource(strings = {"0", "5001", "\"many\"", "1.5"})
    void timeline_samplesThatAreNone_areRefused(String samples) throws Exception {
        String body = JOB.replaceFirst("\\{", "{\"samples\": " + samples + ", ");

        assertRefused(post("timeline", body), 400, "'samples' must be a whole number from 1 to 5000");
    }

    @Test
    void sweep_modelThatIsAFile_isRefused() throws Exception {
        String body = JOB.replaceFirst("\\{", "{\"axes\": {\"model\": [\"/etc/hosts.json\"]}, ");

        assertRefused(post("sweep", body), 400, "unknown model");
    }

    @Test
    void openApi_everyAddress_isDescribed() throws Exception {
        Mapping paths = (Mapping) json(get("/api/v1/openapi.json").body())
                .entry("paths")
                .orElseThrow()
                .value();
        List<String> described =
                paths.entries().stream().map(Mapping.Entry::key).toList();

        assertThat(described)
                .containsAll(new Api()
                        .questions().stream().map(name -> "/api/v1/" + name).toList());
        for (Mapping.Entry path : paths.entries()) {
            boolean posted = ((Mapping) path.value()).entry("post").isPresent();
            String body = path.key().endsWith("/solve") ? JOB.replaceFirst("\\{", "{\"max\": \"seq\", ") : JOB;
            int status = posted
                    ? post(path.key().substring("/api/v1/".length()), body).statusCode()
                    : get(path.key()).statusCode();
            assertThat(status).as(path.key()).isEqualTo(200);
        }
    }

    @Test
    void page_itsFiles_areThereAndComeFromHereOnly() throws Exception {
        HttpResponse<String> page = get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'");
        assertThat(page.body()).doesNotContain("http://").doesNotContain("https://");
    }

    @ParameterizedTest(name = "body {index}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | is empty",
                "'{' | no valid JSON",
                "'[1]' | must be an object",
                "'nonsense' | no valid JSON",
                "'{\"job\": {\"model\": \"tinyllama-1.1b\", \"sequenceLength\": 1}, \"gup\": 1}' | Maybe 'gpu'?",
                "'{\"job\": {\"model\": \"tinyllama-1.1b\", \"seqLength\": 1}}' | unknown key",
                "'{\"job\": {\"model\": \"tinyllama-1.1b\"}}' | sequenceLength",
                "'{\"job\": {\"model\": \"tinylama-1.1b\", \"sequenceLength\": 1}}' | Maybe 'tinyllama-1.1b'?",
                "'{\"job\": {\"model\": \"../../../etc/passwd\", \"sequenceLength\": 1}}' | unknown model",
                "'{\"job\": {\"model\": \"/etc/hosts.json\", \"sequenceLength\": 1}}' | unknown model",
                "'{\"job\": {\"model\": \"tinyllama-1.1b\", \"sequenceLength\": 1}, \"gpu\": \"a1000\"}' | unknown GPU",
                "'{\"job\": {\"model\": \"tinyllama-1.1b\", \"sequenceLength\": 1e99}}' | must be",
                "'{\"job\": {\"model\": \"tinyllama-1.1b\", \"sequenceLength\": 9, \"gradientAccumulation\": 1000}}' | at most 64",
                "'{\"job\": {\"model\": \"tinyllama-1.1b\", \"sequenceLength\": 2147483647, \"microBatch\": 2147483647}}' | 2^63",
            })
    void estimate_badBody_isRefusedWithTheReason(String body, String message) throws Exception {
        assertRefused(post("estimate", body), 400, message);
    }

    @Test
    void estimate_missingRule_is422() throws Exception {
        assertRefused(
                post("estimate", JOB.replace("\"layers", "\"stack\": {\"transformers\": \"3.0\"}, \"layers")),
                422,
                "UNSUPPORTED");
    }

    @Test
    void estimate_deeplyNestedBody_isRefused() throws Exception {
        assertRefused(post("estimate", "{\"job\": ".repeat(50_000)), 400, "levels deep");
    }

    @Test
    void estimate_bodyOf10Megabytes_is413() throws Exception {
        assertRefused(post("estimate", " ".repeat(10 << 20)), 413, "too large");
    }

    @Test
    void estimate_bodyThatDoesNotCome_is408() throws Exception {
        String reply = raw("POST /api/v1/estimate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");

        assertThat(reply).startsWith("HTTP/1.1 408 ").contains("did not come within");
    }

    @Test
    void request_headersThatDoNotCome_isHungUpOn() throws Exception {
        assertThat(raw("POST /api/v1/estimate HTTP/1.1\r\nHost: lo")).doesNotContain("200");
    }

    @Test
    void estimate_manySlowClients_doNotKeepOthersFromTheirAnswers() throws Exception {
        Socket[] sockets = new Socket[160];
        for (int i = 0; i < sockets.length; i++) {
            sockets[i] = new Socket(InetAddress.getLoopbackAddress(), port());
            sockets[i]
                    .getOutputStream()
                    .write("POST /api/v1/estimate HTTP/1.1\r\nHost: lo".getBytes(StandardCharsets.UTF_8));
        }
        try {
            assertThat(post("estimate", JOB).statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"})
    void anyRequest_foreignHost_is421(String host) throws IOException {
        assertThat(raw("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 421 ")
                .contains("--host");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080"})
    void anyRequest_ownHost_isAnswered(String host) throws IOException {
        assertThat(raw("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void anyRequest_fromForeignPage_is403() throws IOException {
        assertThat(raw("GET /api/v1/gpus HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode:"
                        + " no-cors\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403 ");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/../../etc/passwd",
                "/..%2f..%2fetc/passwd",
                "/%2e%2e/%2e%2e/etc/passwd",
                "/index.html/../../../pom.xml",
                "//etc/passwd",
                "/api/v1/../../etc/passwd",
                "/style.css%00.html",
                "/dev/headroom/simulator/web/WebServer.class",
            })
    void path_thatLeadsElsewhere_is404(String path) throws IOException {
        assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .matches("(?s)HTTP/1.1 40[04] .*")
                .doesNotContain("root:");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"GET", "PUT", "DELETE"})
    void question_otherMethodThanPost_is405(String method) throws IOException {
        assertThat(raw(method + " /api/v1/estimate HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("Allow: POST");
    }

    @ParameterizedTest(name = "request {index}")
    @ValueSource(strings = {"\0\1\2\3\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\nHost: localhost\r\nX\r\n\r\n"})
    void request_thatIsNone_getsNoInternalError(String request) throws IOException {
        assertThat(raw(request)).doesNotContain("HTTP/1.1 5");
    }

    @Test
    void compare_tooManyCells_is422() throws Exception {
        String lengths = "1,".repeat(1)
                + String.join(
                        ",",
                        java.util.stream.IntStream.range(2, 400)
                                .mapToObj(Integer::toString)
                                .toList());
        String body = JOB.replaceFirst("\\{", "{\"sequenceLengths\": [" + lengths + "], ");

        assertRefused(post("compare", body), 422, "too many");
        assertRefused(post("composition", body), 422, "too many");
    }

    @Test
    void compare_lengthsThatAreNone_areRefused() throws Exception {
        assertRefused(
                post("compare", JOB.replaceFirst("\\{", "{\"sequenceLengths\": [\"1..9\"], ")), 400, "whole numbers");
        assertRefused(post("compare", JOB.replaceFirst("\\{", "{\"methods\": \"full\", ")), 400, "must be a list");
    }
}
