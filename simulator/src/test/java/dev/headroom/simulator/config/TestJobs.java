package dev.headroom.simulator.config;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/** Jobs written in tests, or drawn. */
public final class TestJobs {
    private TestJobs() {}

    /** A job file given on standard input. */
    public static JobSource yaml(String text) {
        return JobFile.read(JobFile.STANDARD_INPUT, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** One of these words. */
    public static String pick(SplittableRandom random, List<String> words) {
        return words.get(random.nextInt(words.size()));
    }

    /** One of these words. */
    public static String pick(SplittableRandom random, String... words) {
        return pick(random, List.of(words));
    }
}
