package dev.headroom.simulator.measured;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Numbers as words, the same everywhere. */
final class Numbers {
    private Numbers() {}

    /** A ratio in percent, with four decimals; {@code 0} only if it is zero, {@code -} if there is none. */
    static String percent(double ratio) {
        if (Double.isNaN(ratio)) {
            return "-";
        }
        if (ratio == 0) {
            return "0";
        }
        if (Math.abs(ratio) < 0.5e-6) {
            return ratio > 0 ? "<0.0001" : ">-0.0001";
        }
        return String.format(Locale.ROOT, "%.4f", ratio * 100);
    }

    static String signedPercent(OptionalDouble ratio) {
        if (ratio.isEmpty()) {
            return "-";
        }
        return ratio.getAsDouble() > 0 ? "+" + percent(ratio.getAsDouble()) : percent(ratio.getAsDouble());
    }

    /** A share in percent, with one decimal, rounded down so that {@code 100} means all. */
    static String share(double share) {
        if (Double.isNaN(share)) {
            return "-";
        }
        if (share == 1) {
            return "100";
        }
        // The small addition keeps a share that is a decimal fraction, such as 0.7, from falling below it.
        return String.format(Locale.ROOT, "%.1f", Math.floor(share * 1000 + 1e-9) / 10);
    }

    static String bytes(OptionalLong bytes) {
        return bytes.isPresent() ? Long.toString(bytes.getAsLong()) : "-";
    }

    static String signed(OptionalLong difference) {
        if (difference.isEmpty()) {
            return "-";
        }
        return difference.getAsLong() > 0 ? "+" + difference.getAsLong() : Long.toString(difference.getAsLong());
    }
}
