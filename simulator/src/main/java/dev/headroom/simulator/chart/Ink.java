package dev.headroom.simulator.chart;

import dev.headroom.model.program.Category;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A colour by what it is for, on a light and on a dark ground. Categories have the same colour everywhere. The qualitative
 * colours follow Paul Tol's "muted" and Okabe and Ito's set, both made to stay apart for colour-blind readers.
 *
 * @param id name of the style class in SVG, and of the custom property in style sheets
 * @param light 0xRRGGBB on a light ground
 * @param dark 0xRRGGBB on a dark ground
 */
public record Ink(String id, int light, int dark) {
    public static final Ink GROUND = new Ink("ground", 0xFFFFFF, 0x14171C);
    public static final Ink TEXT = new Ink("text", 0x1B2026, 0xE8EBEF);
    public static final Ink MUTED = new Ink("muted", 0x5B6470, 0x9BA5B2);
    public static final Ink GRID = new Ink("grid", 0xE4E7EB, 0x2A3038);
    public static final Ink LIMIT = new Ink("limit", 0xB3261E, 0xFF8A80);

    private static final List<Ink> SERIES = List.of(
            new Ink("series-1", 0x0072B2, 0x5CB3F0),
            new Ink("series-2", 0xD55E00, 0xFF9350),
            new Ink("series-3", 0x00825F, 0x36C79C),
            new Ink("series-4", 0xA8578A, 0xE29CC7),
            new Ink("series-5", 0x9A6B00, 0xE8BE4F),
            new Ink("series-6", 0x4B5563, 0xB7C0CC));

    /** The colour of one of several lines; they repeat after the sixth. */
    public static Ink ofSeries(int index) {
        return SERIES.get(Math.floorMod(index, SERIES.size()));
    }

    /** The colour of a category. */
    public static Ink of(Category category) {
        return switch (category) {
            case FROZEN_WEIGHTS -> new Ink(category.id(), 0x7F9BC8, 0x5F7DB0);
            case TRAINABLE_WEIGHTS -> new Ink(category.id(), 0x3D3C9E, 0x8E8BE8);
            case ADAPTERS -> new Ink(category.id(), 0x66B8DC, 0x7CCBEB);
            case GRADIENTS -> new Ink(category.id(), 0x1B7A3D, 0x46A866);
            case OPTIMIZER_STATE -> new Ink(category.id(), 0x58B3A3, 0x4FA898);
            case SAVED_ACTIVATIONS -> new Ink(category.id(), 0xE0C564, 0xD8BC5A);
            case LOGITS_AND_LOSS -> new Ink(category.id(), 0xCC6677, 0xDB7C8B);
            case TRANSIENT -> new Ink(category.id(), 0x9A4C9F, 0xB76FBC);
            case ALLOCATOR_ROUNDING -> new Ink(category.id(), 0x7A2048, 0xA8527A);
            case CACHED_FREE -> new Ink(category.id(), 0xD5D9DF, 0x474E58);
            case PROCESS_OVERHEAD -> new Ink(category.id(), 0xA9B0BA, 0x6C7581);
        };
    }

    /** Every colour there is. */
    public static List<Ink> all() {
        List<Ink> all = new ArrayList<>(List.of(GROUND, TEXT, MUTED, GRID, LIMIT));
        all.addAll(SERIES);
        for (Category category : Category.values()) {
            all.add(of(category));
        }
        return List.copyOf(all);
    }

    /** {@code #rrggbb}. */
    public String hex(boolean onDark) {
        return String.format(Locale.ROOT, "#%06x", onDark ? dark : light);
    }

    /** The style sheet's custom properties {@code --ink-<id>} of every colour, one declaration a line. */
    public static String properties(boolean onDark) {
        StringBuilder css = new StringBuilder();
        for (Ink ink : all()) {
            css.append("--ink-")
                    .append(ink.id())
                    .append(": ")
                    .append(ink.hex(onDark))
                    .append(";\n");
        }
        return css.toString();
    }
}
