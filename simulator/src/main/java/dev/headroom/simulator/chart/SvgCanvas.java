package dev.headroom.simulator.chart;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes SVG with real text. Colours are style classes, so that one file fits light and dark grounds. */
final class SvgCanvas implements Canvas {
    private final StringBuilder body = new StringBuilder();
    private final Map<String, Ink> used = new LinkedHashMap<>();

    @Override
    public void rectangle(Box box, Ink fill) {
        element("<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>"
                .formatted(fill(fill), number(box.x()), number(box.y()), number(box.width()), number(box.height())));
    }

    @Override
    public void area(List<Spot> outline, Ink fill) {
        element("<path class=\"%s\" d=\"%sZ\"/>".formatted(fill(fill), path(outline)));
    }

    @Override
    public void line(List<Spot> spots, Stroke stroke, Ink ink) {
        String dashes = stroke.dashed() ? " stroke-dasharray=\"6 4\"" : "";
        element("<path class=\"%s\" stroke-width=\"%s\"%s d=\"%s\"/>"
                .formatted(stroke(ink), number(stroke.width()), dashes, path(spots)));
    }

    @Override
    public void disc(Spot centre, double radius, Ink ink, boolean filled) {
        element("<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"%s\"%s/>"
                .formatted(
                        filled ? fill(ink) : stroke(ink),
                        number(centre.x()),
                        number(centre.y()),
                        number(radius),
                        filled ? "" : " stroke-width=\"2\""));
    }

    @Override
    public void text(String text, Spot at, Anchor anchor, Lettering lettering, Ink ink) {
        element("<text class=\"%s\" x=\"%s\" y=\"%s\" font-size=\"%d\"%s%s>%s</text>"
                .formatted(
                        fill(ink),
                        number(at.x()),
                        number(at.y()),
                        lettering.size(),
                        lettering.bold() ? " font-weight=\"600\"" : "",
                        anchor == Anchor.START
                                ? ""
                                : " text-anchor=\"%s\"".formatted(anchor.name().toLowerCase(Locale.ROOT)),
                        escaped(text)));
    }

    /**
     * The document.
     *
     * @param id prefix of the ids in it, so that several can stand in one page
     */
    String document(String id, String title, String description, Size size, Theme theme) {
        return """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img" \
                aria-labelledby="%3$s-title %3$s-description" \
                font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif">
                <title id="%3$s-title">%4$s</title>
                <desc id="%3$s-description">%5$s</desc>
                <style>
                %6$s</style>
                %7$s</svg>
                """.formatted(size.width(), size.height(), id, escaped(title), escaped(description), style(theme), body);
    }

    private String style(Theme theme) {
        String first = rules(used.values(), theme == Theme.DARK);
        return theme == Theme.AUTO
                ? first + "@media (prefers-color-scheme: dark) {\n" + rules(used.values(), true) + "}\n"
                : first;
    }

    private static String rules(Collection<Ink> inks, boolean dark) {
        StringBuilder css = new StringBuilder();
        for (Ink ink : inks) {
            css.append(
                    ".f-%1$s { fill: %2$s } .s-%1$s { stroke: %2$s; fill: none }\n".formatted(ink.id(), ink.hex(dark)));
        }
        return css.toString();
    }

    private void element(String element) {
        body.append(element).append('\n');
    }

    private String fill(Ink ink) {
        used.putIfAbsent(ink.id(), ink);
        return "f-" + ink.id();
    }

    private String stroke(Ink ink) {
        used.putIfAbsent(ink.id(), ink);
        return "s-" + ink.id();
    }

    private static String path(List<Spot> spots) {
        StringBuilder path = new StringBuilder();
        for (Spot spot : spots) {
            path.append(path.length() == 0 ? 'M' : 'L')
                    .append(number(spot.x()))
                    .append(' ')
                    .append(number(spot.y()));
        }
        return path.toString();
    }

    /** A length with at most one decimal. */
    private static String number(double pixels) {
        long tenths = Math.round(pixels * 10);
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : String.format(Locale.ROOT, "%.1f", tenths / 10.0);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
