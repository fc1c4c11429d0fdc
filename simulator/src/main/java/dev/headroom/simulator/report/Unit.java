package dev.headroom.simulator.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Optional;

/** The unit of a table's bytes. */
public enum Unit {
    GIB("GiB", 1L << 30),
    GB("GB", 1_000_000_000L);

    private final String label;
    private final long scale;

    Unit(String label, long scale) {
        this.label = label;
        this.scale = scale;
    }

    public String label() {
        return label;
    }

    /** Bytes of one of it. */
    public long bytes() {
        return scale;
    }

    public static Optional<Unit> parse(String word) {
        for (Unit unit : values()) {
            if (unit.label.equalsIgnoreCase(word)) {
                return Optional.of(unit);
            }
        }
        return Optional.empty();
    }

    /** The words {@link #parse} understands. */
    public static List<String> words() {
        return List.of(GIB.label, GB.label);
    }

    /** A number of bytes in this unit, with two decimals, rounded half up; without the unit's name. */
    public String of(long bytes) {
        long magnitude = Math.abs(bytes);
        long whole = magnitude / scale;
        long rest = Math.multiplyExact(magnitude % scale, 100L);
        long hundredths = (rest + scale / 2) / scale;
        if (hundredths == 100) {
            whole++;
            hundredths = 0;
        }
        String sign = bytes < 0 && (whole > 0 || hundredths > 0) ? "-" : "";
        return sign + whole + (hundredths < 10 ? ".0" : ".") + hundredths;
    }

    /** A number of bytes with this unit's name; less than a hundredth of the unit is given in the next smaller ones. */
    public String labelled(long bytes) {
        return labelled(bytes, scale / 100);
    }

    /** A number of bytes with this unit's name; less than the whole unit is given in the next smaller ones. */
    public String fine(long bytes) {
        return labelled(bytes, scale);
    }

    private String labelled(long bytes, long least) {
        long magnitude = Math.abs(bytes);
        if (magnitude == 0 || magnitude >= least) {
            return of(bytes) + " " + label;
        }
        long step = this == GIB ? 1024 : 1000;
        long smaller = scale / step;
        String prefix = "M";
        if (magnitude < smaller) {
            smaller /= step;
            prefix = this == GIB ? "K" : "k";
        }
        if (magnitude < smaller) {
            return bytes + " B";
        }
        return BigDecimal.valueOf(bytes).divide(BigDecimal.valueOf(smaller), 2, RoundingMode.HALF_UP) + " " + prefix
                + label.substring(1);
    }
}
