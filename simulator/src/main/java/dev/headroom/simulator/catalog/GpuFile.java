package dev.headroom.simulator.catalog;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.input.Fields;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.YamlReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Reads one file of the card catalog. */
final class GpuFile {
    private static final List<String> FACTS =
            List.of("memoryMiB", "memoryBandwidthGBps", "tflops", "computeCapability");

    private GpuFile() {}

    static GpuEntry read(String id, InputText file) {
        Problems problems = new Problems();
        Fields fields = Fields.of(YamlReader.read(file, problems), problems);
        String ownId = fields.text("id");
        if (!ownId.equals(id)) {
            problems.invalid(fields.placeOf("id"), "id '%s' differs from the file's name".formatted(ownId));
        }
        String name = fields.text("name");
        List<String> driverNames = fields.texts("driverNames");
        Bytes memory = Bytes.ofMebibytes(fields.positive("memoryMiB"));
        Optional<String> note = fields.optionalText("memoryNote");
        Gpu.Rates rates = rates(fields, problems);
        ComputeCapability capability = capability(fields, problems);
        OptionalInt multiprocessors = fields.optional("multiprocessors").isPresent()
                ? OptionalInt.of(Math.toIntExact(fields.positive("multiprocessors")))
                : OptionalInt.empty();
        Map<String, String> sources = sources(fields.fields("sources"), multiprocessors.isPresent());
        String retrieved = fields.text("retrieved");
        fields.refuseOthers();
        problems.throwIfAny();
        return new GpuEntry(
                new Gpu(id, name, driverNames, memory, capability, multiprocessors, rates), note, sources, retrieved);
    }

    private static Gpu.Rates rates(Fields fields, Problems problems) {
        OptionalDouble bandwidth = fields.optionalRate("memoryBandwidthGBps");
        if (bandwidth.isEmpty()) {
            problems.invalid(fields.placeOf("memoryBandwidthGBps"), "'memoryBandwidthGBps' is missing");
        }
        Fields tflops = fields.fields("tflops");
        Gpu.Rates rates = new Gpu.Rates(
                bandwidth.orElse(1),
                tflops.optionalRate("fp32"),
                tflops.optionalRate("bf16"),
                tflops.optionalRate("fp16"));
        tflops.refuseOthers();
        return rates;
    }

    private static ComputeCapability capability(Fields fields, Problems problems) {
        String text = fields.text("computeCapability");
        try {
            return ComputeCapability.parse(text);
        } catch (IllegalArgumentException e) {
            problems.invalid(fields.placeOf("computeCapability"), "'%s' must look like 9.0".formatted(text));
            return ComputeCapability.HOPPER;
        }
    }

    private static Map<String, String> sources(Fields fields, boolean multiprocessors) {
        Map<String, String> sources = new LinkedHashMap<>();
        for (String fact : FACTS) {
            sources.put(fact, fields.text(fact));
        }
        if (multiprocessors) {
            sources.put("multiprocessors", fields.text("multiprocessors"));
        }
        fields.refuseOthers();
        return sources;
    }
}
