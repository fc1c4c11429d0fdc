package dev.headroom.simulator.config;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/** Jobs written in tests. */
final class TestJobs {
    private TestJobs() {}

    /** A job file given on standard input. */
    static JobSource yaml(String text) {
        return JobFile.read(JobFile.STANDARD_INPUT, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
}
