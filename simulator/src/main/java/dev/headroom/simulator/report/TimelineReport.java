package dev.headroom.simulator.report;

import dev.headroom.model.explain.MemoryTimeline;
import dev.headroom.model.explain.MemoryTimeline.Point;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Memory over the course of training.
 *
 * @param job the job
 * @param timeline its points
 */
public record TimelineReport(ResolvedJob job, MemoryTimeline timeline) implements Report {
    private static final Pattern LAYER = Pattern.compile("^(.*\\blayers\\.\\d+|.*\\bh\\.\\d+)\\..*$");
    private static final int BAR = 16;

    /** Neighbouring points of one phase and layer. */
    private record Line(Point highest, String module, long end, boolean peak) {}

    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        Point peak = timeline.points().get(timeline.peak());
        document.paragraph("The peak of %s is in step %s, %s%s (%s)."
                .formatted(
                        unit.labelled(peak.allocated().count()),
                        peak.step(),
                        peak.phase().id(),
                        peak.module().isEmpty() ? "" : ", in " + peak.module(),
                        peak.operation()));
        document.heading("Allocated at most, step by step [%s]".formatted(unit.label()));
        TextTable table = new TextTable("step", "phase", "module", unit.label(), "end", "")
                .left(0, false)
                .left(1, true)
                .left(2, true)
                .left(5, true);
        long most = peak.allocated().count();
        for (Line line : lines()) {
            int width =
                    (int) Math.round((double) BAR * line.highest().allocated().count() / most);
            table.row(
                    Integer.toString(line.highest().step()),
                    line.highest().phase().id(),
                    line.module(),
                    unit.of(line.highest().allocated().count()),
                    unit.of(line.end()),
                    "#".repeat(Math.min(BAR, width)) + (line.peak() ? " peak" : ""));
        }
        document.table(table);
        return document.paragraph(JobText.stack(job));
    }

    /** One line for each phase outside of layers and for each layer; only steps that matter: the first and the peak's. */
    private List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        int peakStep = timeline.points().get(timeline.peak()).step();
        for (int i = 0; i < timeline.points().size(); i++) {
            Point point = timeline.points().get(i);
            if (point.step() != 0 && point.step() != peakStep) {
                continue;
            }
            boolean inModules = point.phase() == Phase.FORWARD || point.phase() == Phase.BACKWARD;
            String module = point.step() > 0 && inModules ? layer(point.module()) : "";
            boolean peak = i == timeline.peak();
            Line last = lines.isEmpty() ? null : lines.get(lines.size() - 1);
            if (last != null
                    && last.highest().step() == point.step()
                    && last.highest().phase() == point.phase()
                    && (last.module().equals(module) || module.isEmpty())) {
                boolean higher = point.allocated().compareTo(last.highest().allocated()) > 0;
                lines.set(
                        lines.size() - 1,
                        new Line(
                                higher ? point : last.highest(),
                                last.module(),
                                point.allocatedAtEnd().count(),
                                peak || last.peak()));
            } else {
                lines.add(new Line(point, module, point.allocatedAtEnd().count(), peak));
            }
        }
        return lines;
    }

    private static String layer(String module) {
        return LAYER.matcher(module).replaceFirst("$1");
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            JsonText.job(json, job.job());
            Point peak = timeline.points().get(timeline.peak());
            json.writeNumberField("peakAllocatedBytes", peak.allocated().count());
            json.writeNumberField("peakPoint", timeline.peak());
            json.writeArrayFieldStart("points");
            for (Point point : timeline.points()) {
                json.writeStartObject();
                json.writeNumberField("event", point.event());
                json.writeNumberField("step", point.step());
                json.writeStringField("phase", point.phase().id());
                json.writeStringField("module", point.module());
                json.writeStringField("operation", point.operation());
                json.writeNumberField("allocatedBytes", point.allocated().count());
                json.writeNumberField(
                        "allocatedAtEndBytes", point.allocatedAtEnd().count());
                json.writeNumberField("reservedBytes", point.reserved().count());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "event",
                "step",
                "phase",
                "module",
                "operation",
                "allocatedBytes",
                "allocatedAtEndBytes",
                "reservedBytes"));
        for (Point point : timeline.points()) {
            rows.add(List.of(
                    Integer.toString(point.event()),
                    Integer.toString(point.step()),
                    point.phase().id(),
                    point.module(),
                    point.operation(),
                    Long.toString(point.allocated().count()),
                    Long.toString(point.allocatedAtEnd().count()),
                    Long.toString(point.reserved().count())));
        }
        return CsvText.of(rows);
    }
}
