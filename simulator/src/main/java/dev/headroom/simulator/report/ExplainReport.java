package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.explain.MemoryNode.Leaf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where every byte of the peak comes from: each row with its formula and the rule behind it.
 *
 * @param estimate the estimate to explain
 * @param row path of the one row to explain, such as {@code savedActivations/norm}; all if it is empty
 * @param node that row
 */
public record ExplainReport(MemoryEstimate estimate, String row, MemoryNode node) implements Report {
    /** Explains every row. */
    public static ExplainReport of(MemoryEstimate estimate) {
        return new ExplainReport(estimate, "", estimate.breakdown());
    }

    /** Explains one row, named by its path, its key or its label. */
    public static Optional<ExplainReport> of(MemoryEstimate estimate, String row) {
        Map<String, MemoryNode> all = rows(estimate);
        if (all.containsKey(row)) {
            return Optional.of(new ExplainReport(estimate, row, all.get(row)));
        }
        for (Map.Entry<String, MemoryNode> entry : all.entrySet()) {
            MemoryNode candidate = entry.getValue();
            if (candidate.id().equalsIgnoreCase(row) || candidate.label().equalsIgnoreCase(row)) {
                return Optional.of(new ExplainReport(estimate, entry.getKey(), candidate));
            }
        }
        return Optional.empty();
    }

    /** Every row by its path. */
    public static Map<String, MemoryNode> rows(MemoryEstimate estimate) {
        Map<String, MemoryNode> rows = new LinkedHashMap<>();
        collect(estimate.breakdown(), "", rows);
        return rows;
    }

    private static void collect(MemoryNode parent, String prefix, Map<String, MemoryNode> rows) {
        for (MemoryNode child : parent.children()) {
            rows.putIfAbsent(prefix + child.id(), child);
            collect(child, prefix + child.id() + "/", rows);
        }
    }

    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        EstimateReport.verdict(document, estimate, unit);
        document.paragraph(EstimateReport.peak(estimate));
        document.paragraph("Requested bytes alive there, with b sequences of s tokens: %s."
                .formatted(estimate.peak().formula()));
        if (row.isEmpty()) {
            for (MemoryNode child : node.children()) {
                explain(document, child, child.id(), unit);
            }
        } else {
            explain(document, node, row, unit);
        }
        Map<String, Integer> rules = new LinkedHashMap<>();
        sources(node, rules);
        if (!rules.isEmpty()) {
            document.heading("Rules applied");
            rules.forEach((rule, number) -> document.point("[%s] %s".formatted(number, rule)));
        }
        for (String warning : estimate.warnings()) {
            document.paragraph("Warning: " + warning);
        }
        return document.paragraph(JobText.stack(estimate.job()));
    }

    /** One table a category: the rows below it, with their formulas under them. */
    private void explain(Document document, MemoryNode category, String path, Unit unit) {
        document.heading("%s: %s (%s bytes)"
                .formatted(
                        path,
                        unit.labelled(category.bytes().count()),
                        Numbers.grouped(category.bytes().count())));
        Map<String, Integer> rules = new LinkedHashMap<>();
        sources(node, rules);
        List<Leaf> leaves = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        leaves(category, "", leaves, paths);
        for (int i = 0; i < leaves.size(); i++) {
            Leaf leaf = leaves.get(i);
            String name = paths.get(i).isEmpty() ? leaf.label() : paths.get(i);
            String tensors = leaf.tensors() == 0
                    ? ""
                    : leaf.tensors() == 1
                            ? " in 1 tensor"
                            : " in %s tensors".formatted(Numbers.grouped(leaf.tensors()));
            String formula = leaf.formula().isEmpty() ? "" : " = " + leaf.formula();
            document.point("%s: %s%s%s [%s]"
                    .formatted(
                            name,
                            unit.labelled(leaf.bytes().count()),
                            tensors,
                            formula,
                            rules.get(leaf.source().citation())));
        }
    }

    private static void leaves(MemoryNode node, String path, List<Leaf> leaves, List<String> paths) {
        if (node instanceof Leaf leaf) {
            leaves.add(leaf);
            paths.add(path);
        }
        for (MemoryNode child : node.children()) {
            leaves(child, path.isEmpty() ? child.label() : path + ", " + child.label(), leaves, paths);
        }
    }

    private static void sources(MemoryNode node, Map<String, Integer> rules) {
        if (node instanceof Leaf leaf) {
            rules.putIfAbsent(leaf.source().citation(), rules.size() + 1);
        }
        for (MemoryNode child : node.children()) {
            sources(child, rules);
        }
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            JsonText.job(json, estimate.job().job());
            json.writeNumberField("peakAllocatedBytes", estimate.peakAllocated().count());
            json.writeStringField("peakPhase", estimate.peak().phase().id());
            json.writeNumberField("peakStep", estimate.peak().step());
            json.writeStringField("peakModule", estimate.peak().module());
            json.writeStringField("peakOperation", estimate.peak().operation());
            json.writeStringField("peakFormula", estimate.peak().formula().toString());
            json.writeArrayFieldStart("rows");
            for (MemoryNode child : row.isEmpty() ? node.children() : List.of(node)) {
                node(json, child);
            }
            json.writeEndArray();
            JsonText.strings(json, "warnings", estimate.warnings());
        });
    }

    private static void node(JsonGenerator json, MemoryNode node) throws IOException {
        json.writeStartObject();
        json.writeStringField("category", node.id());
        json.writeStringField("label", node.label());
        json.writeNumberField("bytes", node.bytes().count());
        if (node instanceof Leaf leaf) {
            json.writeNumberField("tensors", leaf.tensors());
            json.writeStringField("formula", leaf.formula());
            json.writeObjectFieldStart("source");
            json.writeStringField("kind", leaf.source().kind().name());
            json.writeStringField("citation", leaf.source().citation());
            json.writeEndObject();
        }
        json.writeArrayFieldStart("children");
        for (MemoryNode child : node.children()) {
            node(json, child);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("row", "label", "bytes", "tensors", "formula", "sourceKind", "source"));
        if (row.isEmpty()) {
            for (MemoryNode child : node.children()) {
                csvRows(rows, child.id(), child);
            }
        } else {
            csvRows(rows, row, node);
        }
        return CsvText.of(rows);
    }

    private static void csvRows(List<List<String>> rows, String path, MemoryNode node) {
        String bytes = Long.toString(node.bytes().count());
        if (node instanceof Leaf leaf) {
            rows.add(List.of(
                    path,
                    leaf.label(),
                    bytes,
                    Long.toString(leaf.tensors()),
                    leaf.formula(),
                    leaf.source().kind().name(),
                    leaf.source().citation()));
        } else {
            rows.add(List.of(path, node.label(), bytes, "", "", "", ""));
        }
        for (MemoryNode child : node.children()) {
            csvRows(rows, path + "/" + child.id(), child);
        }
    }
}
