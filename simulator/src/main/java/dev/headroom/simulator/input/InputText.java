package dev.headroom.simulator.input;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The text of a file, read whole but never more than allowed.
 *
 * @param name what messages call the file
 * @param text its content
 */
public record InputText(String name, String text) {
    private static final int MIB = 1 << 20;

    /** Largest job or catalog file [bytes]; thousands of times what one needs. */
    public static final int JOB_LIMIT = MIB;

    /** Largest {@code config.json} [bytes]; real ones have a few KiB. */
    public static final int CONFIG_LIMIT = 4 * MIB;

    /**
     * Reads a file of UTF-8 text.
     *
     * @param limit most bytes it may have
     * @throws InputException if it does not exist, is no file, is too large or no text
     */
    public static InputText ofFile(String name, int limit) {
        if (name.isEmpty()) {
            throw new InputException(Place.of("''"), "is no name of a file");
        }
        Place place = Place.of(name);
        try {
            Path path = Path.of(name);
            if (Files.isDirectory(path)) {
                throw new InputException(place, "is a directory, not a file");
            }
            long size = Files.size(path);
            if (size > limit) {
                throw tooLarge(place, size, limit);
            }
            try (InputStream stream = Files.newInputStream(path)) {
                return ofStream(name, stream, limit);
            }
        } catch (NoSuchFileException e) {
            throw new InputException(place, "no such file");
        } catch (AccessDeniedException e) {
            throw new InputException(place, "may not be read (permission denied)");
        } catch (InvalidPathException e) {
            throw new InputException(place, "is no name of a file: " + e.getReason());
        } catch (IOException e) {
            throw new InputException(place, "cannot be read: " + e.getMessage());
        }
    }

    /** Reads a stream of UTF-8 text, such as standard input, under the same conditions. */
    public static InputText ofStream(String name, InputStream stream, int limit) throws IOException {
        byte[] bytes = stream.readNBytes(limit + 1);
        if (bytes.length > limit) {
            throw tooLarge(Place.of(name), -1, limit);
        }
        return new InputText(name, decode(name, bytes));
    }

    private static InputException tooLarge(Place place, long size, int limit) {
        String found = size < 0 ? "is too large" : "is too large: " + megabytes(size);
        String message = "%s; at most %s MiB are read".formatted(found, limit / MIB);
        return limit <= CONFIG_LIMIT
                ? new InputException(
                        place, message, "A job file or config.json has a few KiB. Is this a file of weights?")
                : new InputException(place, message);
    }

    private static String megabytes(long size) {
        return String.format(Locale.ROOT, "%.1f MiB", (double) size / MIB);
    }

    private static String decode(String name, byte[] bytes) {
        ByteBuffer input = ByteBuffer.wrap(bytes);
        CharBuffer output = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(input, output, true);
        try {
            if (result.isError()) {
                result.throwException();
            }
        } catch (CharacterCodingException e) {
            throw new InputException(
                    Place.of(name),
                    "is no UTF-8 text: byte 0x%02x at offset %s".formatted(bytes[input.position()], input.position()));
        }
        String text = output.flip().toString();
        int nul = text.indexOf('\0');
        if (nul >= 0) {
            throw new InputException(Place.of(name), "is no text: a NUL character at offset " + nul);
        }
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
}
