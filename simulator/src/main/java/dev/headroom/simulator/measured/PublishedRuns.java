package dev.headroom.simulator.measured;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.headroom.model.job.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Reads runs that others published ({@code data/measured/third-party}). Every one of them needs rules that are missing:
 * of older library versions at the least. Each row says which.
 */
final class PublishedRuns {
    private static final List<String> COLUMNS = List.of(
            "id",
            "model",
            "method",
            "method_detail",
            "quantization",
            "micro_batch_size",
            "seq_len",
            "precision",
            "optimizer",
            "attention_impl",
            "framework",
            "versions",
            "num_gpus",
            "parallelism",
            "gpu",
            "max_memory_allocated_bytes",
            "max_memory_reserved_bytes");

    private final String file;

    private PublishedRuns(String file) {
        this.file = file;
    }

    /**
     * Reads a file to its end.
     *
     * @param name the file's name in messages
     * @param sink gets each entry, in order
     */
    static void read(Path path, String name, Consumer<MeasuredEntry> sink) throws IOException {
        PublishedRuns runs = new PublishedRuns(name);
        Origin last = new Origin(name, 1);
        try (CsvReader<NamedCsvRecord> reader = CsvReader.builder()
                .ofNamedCsvRecord(Files.newBufferedReader(path, StandardCharsets.UTF_8))) {
            for (NamedCsvRecord record : reader) {
                last = new Origin(name, record.getStartingLineNumber());
                List<String> missing = COLUMNS.stream()
                        .filter(column -> !record.getHeader().contains(column))
                        .toList();
                if (!missing.isEmpty()) {
                    sink.accept(unreadable(new Origin(name, 1), "columns missing: " + String.join(", ", missing)));
                    return;
                }
                sink.accept(runs.entry(record, last));
            }
        } catch (CsvParseException e) {
            sink.accept(unreadable(last, "broken CSV in or after this line: " + e.getMessage()));
        } catch (UncheckedIOException e) {
            sink.accept(unreadable(last, "unreadable in or after this line: " + e.getMessage()));
        } catch (MalformedInputException e) {
            sink.accept(unreadable(last, "not UTF-8 in or after this line"));
        }
    }

    private static MeasuredEntry unreadable(Origin origin, String message) {
        return new MeasuredEntry.Unreadable(origin.toString(), origin, message);
    }

    private MeasuredEntry entry(NamedCsvRecord record, Origin origin) {
        Map<String, String> facets = new LinkedHashMap<>();
        facets.put("model", record.getField("model"));
        facets.put("method.name", record.getField("method"));
        facets.put("microBatch", record.getField("micro_batch_size"));
        facets.put("sequenceLength", record.getField("seq_len"));
        facets.put("precision", record.getField("precision"));
        facets.put("quantization", record.getField("quantization"));
        facets.put("attention", record.getField("attention_impl"));
        facets.put("optimizer", record.getField("optimizer"));
        try {
            MeasuredFigures figures = new MeasuredFigures(
                    new MeasuredFigures.Peaks(
                            bytes(record, "max_memory_allocated_bytes"),
                            bytes(record, "max_memory_reserved_bytes"),
                            OptionalLong.empty(),
                            Optional.empty()),
                    MeasuredFigures.AfterLoad.NONE,
                    List.of());
            return new MeasuredEntry.Run(new MeasuredRun(
                    record.getField("id"),
                    origin,
                    RecordedJob.refused(facets, missingRules(record)),
                    Optional.of(record.getField("gpu")),
                    figures));
        } catch (IllegalArgumentException e) {
            return new MeasuredEntry.Unreadable(record.getField("id"), origin, String.valueOf(e.getMessage()));
        }
    }

    private static List<Problem> missingRules(NamedCsvRecord record) {
        List<Problem> problems = new ArrayList<>();
        problems.add(Problem.unsupported(
                "stack",
                "no rules for the versions of published runs yet: %s, %s"
                        .formatted(record.getField("framework"), record.getField("versions"))));
        if (!record.getField("num_gpus").equals("1")) {
            problems.add(Problem.unsupported(
                    "parallelism",
                    "no rule for parallelism kind '%s' yet".formatted(record.getField("parallelism"))));
        }
        if (!record.getField("quantization").equals(RecordedJob.NONE)) {
            problems.add(Problem.unsupported(
                    "quantization",
                    "no rule for quantization '%s' yet".formatted(record.getField("quantization"))));
        }
        return problems;
    }

    private static OptionalLong bytes(NamedCsvRecord record, String column) {
        String text = record.getField(column);
        if (text.isBlank()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(new BigDecimal(text.strip()).longValueExact());
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("%s is '%s'; it must be a whole number".formatted(column, text), e);
        }
    }
}
