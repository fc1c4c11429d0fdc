package dev.headroom.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Compares text with a file of the checkout; {@code -Dgolden.update=true} rewrites the file instead. */
public final class Golden {
    private Golden() {}

    /** The root of the checkout. */
    public static Path home() {
        String home = System.getProperty("headroom.home");
        if (home != null) {
            return Path.of(home);
        }
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("simulator")) ? here : here.getParent();
    }

    /** A file beside the tests of a package, such as {@code cli/estimate.txt}. */
    public static Path besideTests(String name) {
        return home().resolve("simulator/src/test/resources/dev/headroom/simulator")
                .resolve(name);
    }

    /** Fails unless the file has exactly this text. */
    public static void check(Path file, String actual) {
        try {
            if (Boolean.getBoolean("golden.update")) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, actual);
            }
            assertThat(file).exists();
            assertThat(actual).as(file.toString()).isEqualTo(Files.readString(file));
        } catch (IOException e) {
            throw new AssertionError(file + " cannot be used", e);
        }
    }

    /** Fails unless the file has exactly this text between the comments {@code <!-- name -->} and {@code <!-- /name -->}. */
    public static void checkSection(Path file, String name, String actual) {
        try {
            String before = Files.readString(file);
            String start = "<!-- " + name + " -->\n";
            int from = before.indexOf(start) + start.length();
            int to = before.indexOf("<!-- /" + name + " -->");
            check(file, before.substring(0, from) + actual + before.substring(to));
        } catch (IOException e) {
            throw new AssertionError(file + " cannot be used", e);
        }
    }
}
