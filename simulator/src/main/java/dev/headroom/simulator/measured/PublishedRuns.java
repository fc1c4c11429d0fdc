package dev.headroom.simulator.measured;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Scalar.Type;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads runs that others published ({@code data/measured/third-party}). They ran on older versions of the libraries, for
 * which there are no rules yet; each row says on which.
 */
final class PublishedRuns {
    /** Columns that are job keys, and those keys. */
    private static final Map<String, String> JOB_COLUMNS =
            Map.of("model", "model", "method", "method", "optimizer", "optimizer");

    private static final Map<Answer, String> ANSWER_COLUMNS =
            Map.of(Answer.ALLOCATED, "max_memory_allocated_bytes", Answer.RESERVED, "max_memory_reserved_bytes");
    private static final List<String> OTHER_COLUMNS = List.of("id", "framework", "versions");

    private PublishedRuns() {}

    static List<MeasuredRun> read(InputText file) {
        List<MeasuredRun> runs = new ArrayList<>();
        try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(file.text())) {
            for (NamedCsvRecord record : reader) {
                Place place = new Place(file.name(), (int) record.getStartingLineNumber(), 1);
                checkColumns(record, file);
                runs.add(run(record, place));
            }
        } catch (CsvParseException e) {
            throw new InputException(Place.of(file.name()), "no valid CSV: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return runs;
    }

    private static void checkColumns(NamedCsvRecord record, InputText file) {
        List<String> missing = new ArrayList<>(OTHER_COLUMNS);
        missing.addAll(JOB_COLUMNS.keySet());
        missing.addAll(ANSWER_COLUMNS.values());
        missing.removeAll(record.getHeader());
        if (!missing.isEmpty()) {
            throw new InputException(
                    new Place(file.name(), 1, 1),
                    "columns are missing: "
                            + String.join(", ", missing.stream().sorted().toList()));
        }
    }

    private static MeasuredRun run(NamedCsvRecord record, Place place) {
        Problems problems = new Problems();
        Map<Answer, Long> answers = new EnumMap<>(Answer.class);
        ANSWER_COLUMNS.forEach((answer, column) -> {
            String bytes = record.getField(column);
            if (bytes.matches("\\d{1,18}")) {
                answers.put(answer, Long.valueOf(bytes));
            } else if (!bytes.isBlank()) {
                problems.invalid(place, "%s must be a whole number of bytes, found '%s'".formatted(column, bytes));
            }
        });
        problems.unsupported(
                place,
                "no rules for the stack of published runs yet: %s, %s"
                        .formatted(record.getField("framework"), record.getField("versions")));
        return new MeasuredRun(
                record.getField("id"),
                place,
                job(record, place),
                Optional.empty(),
                Optional.empty(),
                new RunFigures(answers, Optional.empty(), Optional.empty(), List.of()),
                List.of(),
                problems.found());
    }

    private static Mapping job(NamedCsvRecord record, Place place) {
        List<Mapping.Entry> entries = new ArrayList<>();
        JOB_COLUMNS.forEach((column, key) ->
                entries.add(new Mapping.Entry(key, place, new Scalar(place, record.getField(column), Type.TEXT))));
        return new Mapping(place, entries);
    }
}
