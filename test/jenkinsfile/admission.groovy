// Evaluates the expressions of a ValidatingAdmissionPolicy, by Google's CEL, for each of some objects, as the API server
// does: first the policy's variables, then its validations. Prints, for each object, the messages of those that do not
// hold; an expression that does not compile ends it.

import dev.cel.bundle.CelFactory
import dev.cel.common.types.SimpleType
import dev.cel.extensions.CelOptionalLibrary
import dev.cel.parser.CelStandardMacro
import groovy.json.JsonOutput
import groovy.json.JsonSlurper

/** CEL has one kind of whole number. */
def numbers
numbers = { value ->
  switch (value) {
    case Map: return new LinkedHashMap(value.collectEntries { [(it.key): numbers(it.value)] })
    case List: return new ArrayList(value.collect(numbers))
    case Integer: return value as Long
    default: return value
  }
}

def cel = CelFactory.standardCelBuilder()
  .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
  .addCompilerLibraries(CelOptionalLibrary.INSTANCE)
  .addRuntimeLibraries(CelOptionalLibrary.INSTANCE)
  .addVar('object', SimpleType.DYN)
  .addVar('variables', SimpleType.DYN)
  .build()
def compiled = { String expression -> cel.createProgram(cel.compile(expression).getAst()) }

def input = numbers(new JsonSlurper().parse(new File(args[0])))
def variables = input.policy.variables.collect { [name: it.name, program: compiled(it.expression)] }
def validations = input.policy.validations.collect { [message: it.message, program: compiled(it.expression)] }

println JsonOutput.toJson(input.objects.collect { object ->
  def known = [object: object, variables: [:]]
  variables.each { known.variables[it.name] = it.program.eval(known) }
  validations.findAll { it.program.eval(known) != true }.collect { it.message }
})
