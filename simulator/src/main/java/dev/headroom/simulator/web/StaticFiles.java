package dev.headroom.simulator.web;

import dev.headroom.simulator.chart.Ink;
import dev.headroom.simulator.config.JobSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the server has by heart: a fixed list of addresses, so that no path leads anywhere else. */
final class StaticFiles {
    private static final String JAVASCRIPT = "text/javascript; charset=utf-8";
    private static final String CSS = "text/css; charset=utf-8";

    private static final Map<String, String> FILES = Map.of(
            "index.html", "text/html; charset=utf-8",
            "style.css", CSS,
            "app.js", JAVASCRIPT,
            "api.js", JAVASCRIPT,
            "charts.js", JAVASCRIPT,
            "state.js", JAVASCRIPT,
            "format.js", JAVASCRIPT,
            "icon.svg", "image/svg+xml");

    private final Map<String, Reply> replies = new HashMap<>();

    StaticFiles() {
        FILES.forEach((name, type) -> replies.put("/" + name, new Reply(Reply.OK, type, resource(name))));
        replies.put("/", replies.getOrDefault("/index.html", new Reply(Reply.NOT_FOUND, "", new byte[0])));
        replies.put("/palette.css", text(CSS, palette()));
        replies.put("/api/v1/openapi.json", new Reply(Reply.OK, Reply.JSON, resource("openapi.json")));
        replies.put("/api/v1/job.schema.json", text("application/schema+json", JobSchema.text()));
    }

    Optional<Reply> at(String path) {
        return Optional.ofNullable(replies.get(path));
    }

    /** The colours of charts, on the ground that the system prefers or that was chosen. */
    private static String palette() {
        String light = Ink.properties(false);
        String dark = Ink.properties(true);
        return ":root {\n" + light + "}\n@media (prefers-color-scheme: dark) {\n:root {\n" + dark
                + "}\n}\n:root[data-theme=\"light\"] {\n" + light + "}\n:root[data-theme=\"dark\"] {\n" + dark + "}\n";
    }

    private static Reply text(String type, String text) {
        return new Reply(Reply.OK, type, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] resource(String name) {
        try (InputStream stream = StaticFiles.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("no " + name + " on the class path");
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
