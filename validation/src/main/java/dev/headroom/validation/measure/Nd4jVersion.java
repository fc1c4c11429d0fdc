package dev.headroom.validation.measure;

import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;

/** Which ND4J is there. Another one than the rules are for has other sessions, and trains differently or not at all. */
final class Nd4jVersion {
    private static final String PROPERTIES = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";

    private Nd4jVersion() {}

    /** The version its jar names; nothing if the jar has been stripped of it. */
    static Optional<String> found() {
        try (InputStream stream = Nd4j.class.getResourceAsStream(PROPERTIES)) {
            if (stream == null) {
                return Optional.empty();
            }
            Properties properties = new Properties();
            properties.load(stream);
            return Optional.ofNullable(properties.getProperty("version"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Refuses another version.
     *
     * @throws InputException if it is known to be another
     */
    static void check(Optional<String> version) {
        if (version.isPresent() && !version.get().equals(SoftwareStack.ND4J)) {
            throw new InputException(
                    Place.of("--backend"),
                    "ND4J %s is there, but measure trains on %s, and its rules are for that version's sessions"
                            .formatted(version.get(), SoftwareStack.ND4J),
                    "docs/validation.md says how they differ.");
        }
    }
}
