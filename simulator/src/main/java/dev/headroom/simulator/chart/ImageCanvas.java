package dev.headroom.simulator.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.ImageIO;

/** Draws a picture of pixels, twice as fine as its size says, so that it is sharp on slides. */
final class ImageCanvas implements Canvas, AutoCloseable {
    private static final int DENSITY = 2;

    private final BufferedImage image;
    private final Graphics2D graphics;
    private final boolean dark;

    ImageCanvas(Size size, Theme theme) {
        image = new BufferedImage(DENSITY * size.width(), DENSITY * size.height(), BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.scale(DENSITY, DENSITY);
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        dark = theme == Theme.DARK;
    }

    @Override
    public void rectangle(Box box, Ink fill) {
        use(fill);
        graphics.fill(new Rectangle2D.Double(box.x(), box.y(), box.width(), box.height()));
    }

    @Override
    public void area(List<Spot> outline, Ink fill) {
        use(fill);
        Path2D path = path(outline);
        path.closePath();
        graphics.fill(path);
    }

    @Override
    public void line(List<Spot> spots, Stroke stroke, Ink ink) {
        use(ink);
        graphics.setStroke(new BasicStroke(
                (float) stroke.width(),
                BasicStroke.CAP_BUTT,
                BasicStroke.JOIN_ROUND,
                1,
                stroke.dashed() ? new float[] {6, 4} : null,
                0));
        graphics.draw(path(spots));
    }

    @Override
    public void disc(Spot centre, double radius, Ink ink, boolean filled) {
        use(ink);
        Ellipse2D disc = new Ellipse2D.Double(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius);
        if (filled) {
            graphics.fill(disc);
        } else {
            graphics.setStroke(new BasicStroke(2));
            graphics.draw(disc);
        }
    }

    @Override
    public void text(String text, Spot at, Anchor anchor, Lettering lettering, Ink ink) {
        use(ink);
        graphics.setFont(new Font(Font.SANS_SERIF, lettering.bold() ? Font.BOLD : Font.PLAIN, lettering.size()));
        double width = graphics.getFontMetrics().getStringBounds(text, graphics).getWidth();
        double left = switch (anchor) {
            case START -> at.x();
            case MIDDLE -> at.x() - width / 2;
            case END -> at.x() - width;
        };
        graphics.drawString(text, (float) left, (float) at.y());
    }

    /** The picture as a PNG file. */
    byte[] png() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() {
        graphics.dispose();
    }

    private void use(Ink ink) {
        graphics.setColor(new Color(dark ? ink.dark() : ink.light()));
    }

    private static Path2D path(List<Spot> spots) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < spots.size(); i++) {
            Spot spot = spots.get(i);
            if (i == 0) {
                path.moveTo(spot.x(), spot.y());
            } else {
                path.lineTo(spot.x(), spot.y());
            }
        }
        return path;
    }
}
