Feature: What looks like a broken promise and is none

  Background:
    Given the member runs the journey "Sign in"

  Scenario: Cancelled appointments
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    And saved "appointment" are read by GET "/appointments/{{ id }}"
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/appointments"
    Then the response status is 200
    When the member sends DELETE "/appointments/{{ user.kept.appointment }}"
    Then the response status is 204
    And "appointment" "{{ user.kept.appointment }}" of the member is deleted
    When the member sends GET "/appointments/{{ user.kept.appointment }}"
    Then the response status is 404
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    And no saved "appointment" is lost

  Scenario: Cancelled without a declaration
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends DELETE "/appointments/{{ user.kept.appointment }}"
    Then the response status is 204
    When the member sends GET "/appointments"
    Then the response status is 200
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved

  Scenario: Abandoned bookings and cancellations
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    And 20 % of requests are abandoned after 4 ms
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is 201
    And "slot" "{{ user.kept.slot }}" now belongs to the member
    And the member keeps JSON "$.appointmentId" as "appointment"
    And "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends DELETE "/appointments/{{ user.kept.appointment }}"
    Then the response status is 204
    And "appointment" "{{ user.kept.appointment }}" of the member is deleted
    And "slot" "{{ user.kept.slot }}" is released
    When the member sends GET "/appointments"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response shows the member's own email
    And the error rate is at most 50 %

  Scenario: A slot that is given back
    When the member sends GET "/slots?limit=1&earliest=true"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is one of 201, 409
    And "slot" "{{ user.kept.slot }}" now belongs to the member
    When the member sends GET "/me"
    Then the response shows the member's own email
    When the member sends POST "/appointments" with JSON:
      """
      {"slotId": "S-00001", "reason": "again"}
      """
    Then the response status is one of 201, 409
    And "slot" "S-00001" now belongs to the member
    And the member keeps JSON "$.appointmentId" as "appointment"
    When the member sends DELETE "/appointments/{{ user.kept.appointment }}"
    Then the response status is 204
    And "slot" "S-00001" is released
    And the error rate is at most 100 %

  Scenario: Bookings that are listed in the end
    Given saved "appointment" are eventually listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/appointments"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response shows the member's own email
    And no saved "appointment" is lost

  @fresh-session
  Scenario: Sessions that end
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/me"
    Then the response shows the member's own email
    When the member signs out with DELETE "/session"
    Then the response status is 204
    And no saved "appointment" is lost

  Scenario: Abandoned notes, messages and thanks
    Given 2 instances
    And nobody but the members raises the counter "thanks"
    And 20 % of requests are abandoned after 4 ms
    When the member keeps the text "Call after noon: {{ unique }}" as "note"
    And the member sends PUT "/me/contact-note" with JSON:
      """
      {"note": "{{ user.kept.note }}"}
      """
    Then the response status is 204
    And the member's "contact note" is now "{{ user.kept.note }}"
    When the member sends GET "/me/contact-note"
    Then JSON "$.note" shows the member's "contact note"
    When the member keeps the text "It hurts again: {{ unique }}" as "message"
    And the member sends POST "/messages" with JSON:
      """
      {"text": "{{ user.kept.message }}"}
      """
    Then the response status is 201
    And "{{ user.kept.message }}" was appended to the member's "messages"
    When the member sends GET "/messages"
    Then JSON "$.messages[*].text" shows the member's list "messages"
    When the member sends POST "/providers/P-001/thanks"
    Then the response status is 204
    And the counter "thanks" was raised by 1
    When the member sends GET "/providers/P-001/thanks"
    Then JSON "$.thanks" shows the counter "thanks"
    When the member sends GET "/session"
    Then JSON "$.requests" counts the member's requests of this session
    And the error rate is at most 50 %

  Scenario: Notes, messages and thanks that are sent twice
    Given 2 instances
    And nobody but the members raises the counter "thanks"
    And 50 % of writes are sent twice at once
    When the member sends the header "Idempotency-Key: {{ unique }}" from now on
    And the member keeps the text "Call after noon: {{ unique }}" as "note"
    And the member sends PUT "/me/contact-note" with JSON:
      """
      {"note": "{{ user.kept.note }}"}
      """
    Then the response status is 204
    And the member's "contact note" is now "{{ user.kept.note }}"
    When the member sends GET "/me/contact-note"
    Then JSON "$.note" shows the member's "contact note"
    When the member keeps the text "It hurts again: {{ unique }}" as "message"
    And the member sends POST "/messages" with JSON:
      """
      {"text": "{{ user.kept.message }}"}
      """
    Then the response status is 201
    And "{{ user.kept.message }}" was appended to the member's "messages"
    When the member sends GET "/messages"
    Then JSON "$.messages[*].text" shows the member's list "messages"
    When the member sends POST "/providers/P-001/thanks"
    Then the response status is 204
    And the counter "thanks" was raised by 1
    When the member sends GET "/providers/P-001/thanks"
    Then JSON "$.thanks" shows the counter "thanks"
    When the member sends GET "/session"
    Then JSON "$.requests" counts the member's requests of this session

  Scenario: Notes and thanks that show in the end
    Given 2 instances
    And nobody but the members raises the counter "thanks"
    When the member keeps the text "Call after noon: {{ unique }}" as "note"
    And the member sends PUT "/me/contact-note" with JSON:
      """
      {"note": "{{ user.kept.note }}"}
      """
    Then the response status is 204
    And the member's "contact note" is now "{{ user.kept.note }}"
    When the member sends GET "/me/contact-note"
    Then JSON "$.note" eventually shows the member's "contact note"
    When the member sends POST "/providers/P-001/thanks"
    Then the response status is 204
    And the counter "thanks" was raised by 1
    When the member sends GET "/providers/P-001/thanks"
    Then JSON "$.thanks" eventually shows the counter "thanks"
    When the member sends GET "/me"
    Then the response shows the member's own email

  @fresh-session
  Scenario: Sessions that begin anew
    Given 2 instances
    When the member sends GET "/session"
    Then JSON "$.requests" counts the member's requests of this session
    When the member sends GET "/session"
    Then JSON "$.requests" counts the member's requests of this session
    When the member signs out with DELETE "/session"
    Then the response status is 204
