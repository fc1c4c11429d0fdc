package dev.headroom.simulator.catalog;

import dev.headroom.simulator.input.InputText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;

/** A directory of catalog files on the class path, one {@code <id>.yaml} an entry. */
final class CatalogDirectory {
    private static final String ROOT = "dev/headroom/data/";
    private static final String SUFFIX = ".yaml";

    private final String path;

    CatalogDirectory(String name) {
        this.path = ROOT + name + "/";
    }

    /** The file of one entry; none if there is no such id. */
    Optional<InputText> file(String id) {
        if (!isId(id)) {
            return Optional.empty();
        }
        String resource = path + id + SUFFIX;
        try (InputStream stream = CatalogDirectory.class.getClassLoader().getResourceAsStream(resource)) {
            return stream == null
                    ? Optional.empty()
                    : Optional.of(InputText.ofStream(resource, stream, InputText.JOB_LIMIT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every id, in alphabetical order. */
    List<String> ids() {
        URL url = CatalogDirectory.class.getClassLoader().getResource(path);
        if (url == null) {
            throw new IllegalStateException("no directory " + path + " on the class path");
        }
        try {
            List<String> ids = url.openConnection() instanceof JarURLConnection jar ? inJar(jar) : inFiles(url);
            Collections.sort(ids);
            return ids;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> inJar(JarURLConnection jar) throws IOException {
        List<String> ids = new ArrayList<>();
        for (JarEntry entry : Collections.list(jar.getJarFile().entries())) {
            if (entry.getName().startsWith(path)) {
                addId(entry.getName().substring(path.length()), ids);
            }
        }
        return ids;
    }

    private static List<String> inFiles(URL url) throws IOException {
        List<String> ids = new ArrayList<>();
        try (var files = Files.list(Path.of(java.net.URI.create(url.toString())))) {
            files.forEach(file -> addId(String.valueOf(file.getFileName()), ids));
        }
        return ids;
    }

    private static void addId(String fileName, List<String> ids) {
        if (fileName.endsWith(SUFFIX)) {
            ids.add(fileName.substring(0, fileName.length() - SUFFIX.length()));
        }
    }

    /** Ids are lower-case letters, digits, dots and hyphens. */
    static boolean isId(String word) {
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && (i == 0 || (c != '-' && c != '.'))) {
                return false;
            }
        }
        return !word.isEmpty();
    }
}
