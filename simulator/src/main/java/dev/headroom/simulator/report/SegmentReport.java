package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.explain.SegmentMap;
import dev.headroom.model.explain.SegmentMap.Block;
import dev.headroom.model.explain.SegmentMap.Segment;
import dev.headroom.model.explain.SegmentMap.Tenant;
import dev.headroom.model.job.ResolvedJob;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The allocator's segments at the allocated peak: how full they are, and who keeps those with holes from going back. */
public record SegmentReport(ResolvedJob job, SegmentMap map) implements Report {
    /** Segments shown one by one. */
    private static final int SHOWN = 10;

    /** Characters of the picture of a segment. */
    private static final int CELLS = 32;

    private record SizeClass(boolean small, long size) implements Comparable<SizeClass> {
        @Override
        public int compareTo(SizeClass other) {
            return Comparator.comparing(SizeClass::small)
                    .reversed()
                    .thenComparing(SizeClass::size)
                    .compare(this, other);
        }
    }

    /** Sums over the segments of one size. */
    private static final class Sums {
        private long segments;
        private long size;
        private long used;
        private long holes;
        private long largestHole;

        void add(Segment segment) {
            segments++;
            size += segment.size().count();
            used += segment.used().count();
            holes += segment.holes().count();
            largestHole = Math.max(largestHole, segment.largestHole().count());
        }
    }

    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        Map<SizeClass, Sums> classes = new TreeMap<>();
        Sums all = new Sums();
        for (Segment segment : map.segments()) {
            classes.computeIfAbsent(
                            new SizeClass(segment.small(), segment.size().count()), key -> new Sums())
                    .add(segment);
            all.add(segment);
        }
        document.paragraph(
                "%s segments hold %s at the allocated peak; %s of it is in use, %s is holes that cannot go back to the driver."
                        .formatted(
                                Numbers.grouped(all.segments),
                                unit.fine(all.size),
                                unit.fine(all.used),
                                unit.fine(all.holes)));
        TextTable sizes = new TextTable("pool", "segments", "of", "in use", "holes", "largest hole");
        classes.forEach((kind, sums) -> sizes.row(
                kind.small() ? "small" : "large",
                Numbers.grouped(sums.segments),
                unit.fine(kind.size()),
                unit.fine(sums.used),
                unit.fine(sums.holes),
                unit.fine(sums.largestHole)));
        document.table(sizes);
        List<Segment> worst = map.segments().stream()
                .filter(segment -> segment.holes().count() > 0)
                .sorted(Comparator.comparing(Segment::holes).reversed())
                .limit(SHOWN)
                .toList();
        if (!worst.isEmpty()) {
            document.heading("Most holes (█ in use, ░ free)");
            for (Segment segment : worst) {
                document.point("%s %s, %s free: %s"
                        .formatted(
                                picture(segment),
                                unit.fine(segment.size().count()),
                                unit.fine(segment.holes().count()),
                                tenants(segment, unit)));
            }
        }
        return document.paragraph(JobText.stack(job));
    }

    private static String picture(Segment segment) {
        char[] cells = new char[CELLS];
        Arrays.fill(cells, '░');
        double position = 0;
        for (Block block : segment.blocks()) {
            double end =
                    position + (double) block.size().count() / segment.size().count() * CELLS;
            if (block.tenant().isPresent()) {
                int last = Math.max((int) position, (int) Math.ceil(end) - 1);
                for (int i = (int) position; i <= last && i < CELLS; i++) {
                    cells[i] = '█';
                }
            }
            position = end;
        }
        return new String(cells);
    }

    /** The largest tenants of a segment. */
    private static String tenants(Segment segment, Unit unit) {
        List<Block> used = segment.blocks().stream()
                .filter(block -> block.tenant().isPresent())
                .sorted(Comparator.comparing(Block::size).reversed())
                .toList();
        List<String> named = new ArrayList<>();
        for (Block block : used.subList(0, Math.min(2, used.size()))) {
            Tenant tenant = block.tenant().orElseThrow();
            named.add("%s of %s (%s, %s)"
                    .formatted(
                            unit.fine(block.size().count()),
                            tenant.module().isEmpty() ? "the training loop" : tenant.module(),
                            tenant.operation(),
                            tenant.category().label()));
        }
        String rest = used.size() > 2 ? " and %d more".formatted(used.size() - 2) : "";
        return String.join(", ", named) + rest;
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            JsonText.job(json, job.job());
            json.writeArrayFieldStart("segments");
            for (Segment segment : map.segments()) {
                json.writeStartObject();
                json.writeStringField("pool", segment.small() ? "small" : "large");
                json.writeNumberField("bytes", segment.size().count());
                json.writeNumberField("usedBytes", segment.used().count());
                json.writeNumberField("largestHoleBytes", segment.largestHole().count());
                json.writeArrayFieldStart("blocks");
                for (Block block : segment.blocks()) {
                    block(json, block);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static void block(JsonGenerator json, Block block) throws IOException {
        json.writeStartObject();
        json.writeNumberField("bytes", block.size().count());
        Optional<Tenant> tenant = block.tenant();
        if (tenant.isPresent()) {
            json.writeStringField("category", tenant.get().category().id());
            json.writeStringField("module", tenant.get().module());
            json.writeStringField("operation", tenant.get().operation());
        }
        json.writeEndObject();
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("segment", "pool", "bytes", "category", "module", "operation"));
        int number = 0;
        for (Segment segment : map.segments()) {
            number++;
            for (Block block : segment.blocks()) {
                rows.add(List.of(
                        Integer.toString(number),
                        segment.small() ? "small" : "large",
                        Long.toString(block.size().count()),
                        block.tenant().map(tenant -> tenant.category().id()).orElse(""),
                        block.tenant().map(Tenant::module).orElse(""),
                        block.tenant().map(Tenant::operation).orElse("")));
            }
        }
        return CsvText.of(rows);
    }
}
