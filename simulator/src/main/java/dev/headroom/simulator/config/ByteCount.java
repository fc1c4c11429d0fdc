package dev.headroom.simulator.config;

import dev.headroom.model.quantity.Bytes;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;

/** Numbers of bytes as people write them: {@code 1073741824}, {@code 2GiB}, {@code 1.5 GB}. */
final class ByteCount {
    private ByteCount() {}

    static Optional<Bytes> parse(String text) {
        String stripped = text.strip();
        int end = 0;
        while (end < stripped.length() && (Character.isDigit(stripped.charAt(end)) || stripped.charAt(end) == '.')) {
            end++;
        }
        long scale = scale(stripped.substring(end).strip().toLowerCase(Locale.ROOT));
        if (scale == 0 || end == 0 || end > 30) {
            return Optional.empty();
        }
        try {
            BigDecimal count = new BigDecimal(stripped.substring(0, end)).multiply(BigDecimal.valueOf(scale));
            BigDecimal whole = scale == 1 ? count : count.setScale(0, RoundingMode.CEILING);
            return Optional.of(new Bytes(whole.longValueExact()));
        } catch (ArithmeticException | NumberFormatException e) {
            return Optional.empty(); // A fraction of a byte, or more than 2^63 of them.
        }
    }

    private static long scale(String unit) {
        return switch (unit) {
            case "", "b" -> 1;
            case "kb" -> 1_000;
            case "mb" -> 1_000_000;
            case "gb" -> 1_000_000_000;
            case "kib" -> 1L << 10;
            case "mib" -> 1L << 20;
            case "gib" -> 1L << 30;
            default -> 0;
        };
    }
}
